import { z } from 'zod';
import { CAMPAIGN_GATE } from '../domain/letters/campaignDocument';
import { DEFAULT_CONNECTIONS, MAX_BOUNCE_LOCAL_CHARS } from '../domain/letters/limits';
import { isTlsRule, TLS_RULES } from '../domain/letters/tls';
import { isEmail } from '../domain/users/email';
import { mailAddressOf } from '../domain/users/mailAddress';
import { UNMERGE_DAYS } from '../domain/merges/rules';
import { WORKER_QUEUES } from '../domain/workerQueues';
import { DEFAULT_TIME_ZONE, isTimeZone, zoneName } from '../domain/zones';

const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], 'must be true or false')
  .transform((text) => text === 'true' || text === '1' || text === 'yes');

const onOff = z
  .enum(['on', 'off', 'true', 'false', '1', '0', 'yes', 'no'], 'must be on or off')
  .transform((text) => ['on', 'true', '1', 'yes'].includes(text));

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((n) => n >= least && n <= most, `must be from ${String(least)} to ${String(most)}`);

const url = (schemes: readonly string[]) =>
  z.string().refine(
    (text) => {
      try {
        return schemes.includes(new URL(text).protocol);
      } catch {
        return false;
      }
    },
    `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  );

const smtpUrl = url(['smtp:', 'smtps:']).refine(
  (text) => {
    const tls = URL.canParse(text) ? new URL(text).searchParams.get('tls') : null;
    return tls === null || isTlsRule(tls);
  },
  `may have ?tls=${TLS_RULES.join(' or ?tls=')}, and no other tls`,
);

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, 'must be HOST:PORT, without a scheme');

const sender = z
  .string()
  .refine(
    (text) => mailAddressOf(text) !== null,
    'must be one address, such as Learning <learning@example.com>',
  );

const bounceAddress = z
  .string()
  .trim()
  .refine(
    (text) => isEmail(text) && !text.includes('+') && text.indexOf('@') <= MAX_BOUNCE_LOCAL_CHARS,
    `must be an address such as bounces@example.com, with at most ${String(MAX_BOUNCE_LOCAL_CHARS)} characters before the @ and no +`,
  );

const loopback = z
  .string()
  .regex(/^smtp:\/\/127\.0\.0\.1:\d{1,5}$/, 'is set by `rollcall up` (smtp://127.0.0.1:PORT)');

const key = z
  .string()
  .refine(
    (text) => Buffer.from(text, 'base64').length === 32,
    'must be 32 bytes in base64 (make one: openssl rand -base64 32)',
  );

const hosts = z.string().transform((text) =>
  text
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== ''),
);

const queues = z
  .string()
  .transform((text) => text.split(',').map((word) => word.trim()))
  .pipe(
    z
      .array(z.enum(WORKER_QUEUES, `must be some of ${WORKER_QUEUES.join(', ')}, with commas`))
      .min(1),
  );

const MiB = 1024 * 1024;

/** Every setting, as text to its type. The name in the environment is the property's. */
export const SETTINGS = z.object({
  ROLLCALL_HOME: z.string().optional(),
  ROLLCALL_DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  ROLLCALL_TEMPORAL_ADDRESS: address.optional(),
  ROLLCALL_TEMPORAL_NAMESPACE: z.string().default('default'),
  ROLLCALL_TEMPORAL_API_KEY: z.string().optional(),
  ROLLCALL_TEMPORAL_TLS: flag.optional(),
  ROLLCALL_TEMPORAL_TLS_CA: z.string().optional(),
  ROLLCALL_TEMPORAL_TLS_CERT: z.string().optional(),
  ROLLCALL_TEMPORAL_TLS_KEY: z.string().optional(),
  ROLLCALL_TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  ROLLCALL_TEMPORAL_UI_URL: url(['http:', 'https:']).optional(),
  ROLLCALL_SMTP_URL: smtpUrl.optional(),
  ROLLCALL_MAIL_FROM: sender.optional(),
  ROLLCALL_PLATFORM_NAME: z.string().trim().min(1, 'must not be empty').default('Rollcall'),
  ROLLCALL_PLATFORM_URL: url(['https:', 'http:']).optional(),
  ROLLCALL_SINK_URL: loopback.optional(),
  ROLLCALL_SINK_DAYS: whole(1, 36_500).default(7),
  ROLLCALL_SINK_BYTES: whole(MiB, 1024 * 1024 * MiB).default(200 * MiB),
  ROLLCALL_SMTP_PER_SECOND: whole(1, 100_000).optional(),
  ROLLCALL_SMTP_CONNECTIONS: whole(1, 100).default(DEFAULT_CONNECTIONS),
  ROLLCALL_DKIM_DOMAIN: z.string().optional(),
  ROLLCALL_DKIM_SELECTOR: z.string().optional(),
  ROLLCALL_DKIM_KEY: z.string().optional(),
  ROLLCALL_MAIL_BOUNCES: bounceAddress.optional(),
  ROLLCALL_MAIL_UNSUBSCRIBE: url(['mailto:', 'https:']).optional(),
  ROLLCALL_WORKER_QUEUES: queues.default([...WORKER_QUEUES]),
  ROLLCALL_TOKEN: z.string().optional(),
  ROLLCALL_SECRET_KEY: key.optional(),
  ROLLCALL_SECRET_KEY_PREVIOUS: key.optional(),
  ROLLCALL_ALLOW_PRIVATE_HOSTS: hosts.default([]),
  ROLLCALL_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be a time zone of the IANA list, such as Europe/Vienna')
    .transform((name) => zoneName(name) ?? name)
    .default(DEFAULT_TIME_ZONE),
  ROLLCALL_LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
  ROLLCALL_HEALTH_HOST: z.string().default('127.0.0.1'),
  ROLLCALL_HEALTH_PORT: whole(0, 65_535).optional(),
  ROLLCALL_SHUTDOWN_GRACE_SECONDS: whole(0, 3_600).default(30),
  ROLLCALL_MAX_FILE_BYTES: whole(1, 16 * 1024 * MiB).default(1024 * MiB),
  ROLLCALL_MAX_COLUMNS: whole(1, 10_000).default(1_000),
  ROLLCALL_MAX_CELL_CHARS: whole(1, 16 * MiB).default(32_768),
  ROLLCALL_SLICE_ENTRIES: whole(1, 1_000_000).default(20_000),
  ROLLCALL_APPLY_LANES: whole(1, 8).default(2),
  ROLLCALL_RETAIN_FILES_DAYS: whole(1, 36_500).default(30),
  ROLLCALL_RETAIN_PLANS_DAYS: whole(1, 36_500).default(90),
  ROLLCALL_RETAIN_DELIVERIES_DAYS: whole(1, 36_500).default(400),
  ROLLCALL_UNMERGE_DAYS: whole(1, 36_500).default(UNMERGE_DAYS),
  ROLLCALL_CAMPAIGN_GATE: whole(0, 2_000_000).default(CAMPAIGN_GATE),
  ROLLCALL_CAMPAIGN_TWO_PEOPLE: onOff.default(false),
});
export type Settings = z.output<typeof SETTINGS>;

/** Never shown: `rollcall config` prints that they are set, and logs leave them out. */
export const SECRETS: ReadonlySet<string> = new Set([
  'ROLLCALL_TEMPORAL_API_KEY',
  'ROLLCALL_TEMPORAL_TLS_KEY',
  'ROLLCALL_DKIM_KEY',
  'ROLLCALL_TOKEN',
  'ROLLCALL_SECRET_KEY',
  'ROLLCALL_SECRET_KEY_PREVIOUS',
]);
