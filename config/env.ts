import { resolve } from 'node:path';
import { Fault } from '../domain/faults';
import type { WorkerQueue } from '../domain/workerQueues';
import { gather, type Origin } from './sources';
import { SECRETS, SETTINGS, type Settings } from './settings';
import { readKeyFile } from './keyFile';
import { deliveryFaults, deliveryOf, type DeliveryConfig } from './delivery';
import { mailOf, SINK_FROM, sinkUrlOf, type MailConfig } from './mail';
import { readStackFile, type StackFile } from './stackFile';
import { temporalFaults, temporalOf, type TemporalConfig } from './temporal';
import { findUnknown, type UnknownSetting } from './unknown';

/** The effective configuration: environment, `.env`, `NAME_FILE`, and the embedded stack. */
export interface Config {
  /** The data folder of the embedded stack, absolute. */
  readonly home: string;
  /** True when the database or Temporal is the embedded one. */
  readonly embedded: boolean;
  readonly databaseUrl: string;
  /** False for the database that `rollcall up` runs: its owner needs no token. */
  readonly ownDatabase: boolean;
  /** The token of the admin who acts; null: none is set. */
  readonly token: string | null;
  readonly temporal: TemporalConfig;
  /** Base URL of Temporal's web UI, when known. */
  readonly uiUrl: string | null;
  /** Where the worker serves health and metrics; null: nowhere. Port 0: a free one. */
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly logLevel: Settings['ROLLCALL_LOG_LEVEL'];
  readonly shutdownGraceMs: number;
  /** Refused before parsing. */
  readonly limits: {
    readonly maxFileBytes: number;
    readonly maxColumns: number;
    readonly maxCellChars: number;
  };
  /** Plan entries that one transaction applies. */
  readonly sliceEntries: number;
  /** Transactions that apply the entries of one run at once. */
  readonly applyLanes: number;
  readonly retention: {
    readonly filesDays: number;
    readonly plansDays: number;
    readonly deliveriesDays: number;
  };
  /** For how many days a merge can be taken back. */
  readonly unmergeDays: number;
  /** `gate`: recipients that need no approval. `twoPeople`: the sender does not approve. */
  readonly campaigns: { readonly gate: number; readonly twoPeople: boolean };
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
  /** Where letters go; null: none can be sent. Alerts go by `smtpUrl` alone. */
  readonly mail: MailConfig | null;
  /** How a worker sends letters. */
  readonly delivery: DeliveryConfig;
  /** The queues that a worker takes up. */
  readonly queues: readonly WorkerQueue[];
  /** What letters say of the platform; `url` null: nothing. */
  readonly platform: { readonly name: string; readonly url: string | null };
  /** What the sink of `up` keeps. */
  readonly sink: { readonly days: number; readonly maxBytes: number };
  readonly secretKey: string | null;
  readonly previousSecretKey: string | null;
  readonly allowPrivateHosts: readonly string[];
  /** IANA zone in which a day begins where neither a person nor a source names one. */
  readonly timeZone: string;
}

/** What a caller may give in place of the process's own. */
export interface ConfigOverrides {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The working directory: `.env` and relative paths. */
  readonly folder?: string;
  /** The data folder; before ROLLCALL_HOME. */
  readonly home?: string;
}

/**
 * The effective configuration. Faults: `usage` (every fault of the settings in one message),
 * `unavailable` when neither a server is configured nor the embedded stack is up.
 */
export function loadConfig(overrides: ConfigOverrides = {}): Config {
  const config = loadStoreConfig(overrides);
  return { ...config, temporal: requireTemporal(config) };
}

/** A configuration that may lack a Temporal server: enough for the store alone. */
export type StoreConfig = Omit<Config, 'temporal'> & { readonly temporal: TemporalConfig | null };

/** As {@link loadConfig}, with a database, and with a Temporal server where there is one. */
export function loadStoreConfig(overrides: ConfigOverrides = {}): StoreConfig {
  const { settings, home } = readSettings(overrides);
  const stack = readStackFile(home);
  const databaseUrl = settings.ROLLCALL_DATABASE_URL ?? stack?.databaseUrl;
  const address = settings.ROLLCALL_TEMPORAL_ADDRESS ?? stack?.temporalAddress;
  if (databaseUrl === undefined) throw nothingUp(home, 'database');
  const ownTemporal = settings.ROLLCALL_TEMPORAL_ADDRESS !== undefined;
  const uiUrl = settings.ROLLCALL_TEMPORAL_UI_URL ?? (ownTemporal ? null : stack?.uiUrl);
  const sinkUrl = sinkOf(settings, stack);
  return {
    ...common(settings, home),
    secretKey: ownKey(settings, home) ?? null,
    embedded: !ownTemporal || settings.ROLLCALL_DATABASE_URL === undefined,
    databaseUrl,
    ownDatabase: !isEmbedded(settings.ROLLCALL_DATABASE_URL, stack),
    temporal: address === undefined ? null : temporalOf(settings, address),
    uiUrl: uiUrl ?? null,
    mail: mailOf({ ...settings, sinkUrl }),
  };
}

/**
 * The sink that letters may go to. A stack's own worker starts before `stack.json` is there, so it gets
 * the address as a setting.
 */
function sinkOf(settings: Settings, stack: StackFile | undefined): string | undefined {
  if (settings.ROLLCALL_SMTP_URL !== undefined) return undefined;
  if (settings.ROLLCALL_SINK_URL !== undefined) return settings.ROLLCALL_SINK_URL;
  return isEmbedded(settings.ROLLCALL_DATABASE_URL, stack) ? sinkUrlOf(stack) : undefined;
}

/** True for the database that a stack of `up` runs itself: not named, or the same server and name. */
function isEmbedded(given: string | undefined, stack: StackFile | undefined): boolean {
  if (stack?.services.some(({ name }) => name === 'postgres') !== true) return false;
  if (given === undefined) return true;
  const [own, embedded] = [new URL(given), new URL(stack.databaseUrl)];
  return own.host === embedded.host && own.pathname === embedded.pathname;
}

/** The limits of files alone, whether or not anything is up. Fault: `usage`. */
export function loadLimits(overrides: ConfigOverrides = {}): Config['limits'] {
  const { settings, home } = readSettings(overrides);
  return common(settings, home).limits;
}

/** How to reach Temporal. @throws Fault unavailable where none is configured or up */
export function requireTemporal({ temporal, home }: StoreConfig): TemporalConfig {
  if (temporal === null) throw nothingUp(home, 'Temporal server');
  return temporal;
}

/** The key of a database that is not embedded has to be configured: its other users need it too. */
function ownKey(settings: Settings, home: string): string | undefined {
  const isEmbedded = settings.ROLLCALL_DATABASE_URL === undefined;
  return settings.ROLLCALL_SECRET_KEY ?? (isEmbedded ? readKeyFile(home) : undefined);
}

function nothingUp(home: string, what: string): Fault {
  return new Fault('unavailable', {
    code: 'nothing_up',
    message: `Nothing is up in ${home}, and no ${what} is configured.`,
    next: { do: 'startServers' },
  });
}

/** Parses the settings alone, without asking whether anything is up. */
export function readSettings(overrides: ConfigOverrides = {}): {
  readonly settings: Settings;
  readonly home: string;
  readonly origins: ReadonlyMap<string, Origin>;
} {
  const folder = overrides.folder ?? process.cwd();
  const names = Object.keys(SETTINGS.shape);
  const given = gather(names, overrides.env ?? process.env, folder);
  const parsed = SETTINGS.safeParse(Object.fromEntries(given.values));
  const faults = [
    ...given.faults,
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...temporalFaults(given.values),
    ...deliveryFaults(given.values),
  ];
  if (!parsed.success || faults.length > 0) {
    throw new Fault('usage', {
      code: 'bad_configuration',
      message: `The configuration has ${faults.length === 1 ? 'a fault' : `${String(faults.length)} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
      next: 'Mend the environment or .env; .env.example lists every setting.',
    });
  }
  const home = resolve(folder, overrides.home ?? parsed.data.ROLLCALL_HOME ?? '.rollcall');
  return { settings: parsed.data, home, origins: given.origins };
}

/** Names in the environment and `.env` that look like settings but are none: worth a warning. */
export function unknownSettings(overrides: ConfigOverrides = {}): UnknownSetting[] {
  return findUnknown(overrides.env ?? process.env, overrides.folder ?? process.cwd());
}

/** One line of `rollcall config`. */
export interface SettingView {
  readonly name: string;
  readonly value: string | null;
  readonly from: Origin;
}

/** The effective configuration for people: secrets and passwords are replaced by `(set)`. */
export function describeConfig(overrides: ConfigOverrides = {}): readonly SettingView[] {
  const { settings, home, origins } = readSettings(overrides);
  const stack = readStackFile(home);
  const sinkUrl = sinkOf(settings, stack);
  const fromStack: Readonly<Record<string, string | null | undefined>> = {
    ROLLCALL_DATABASE_URL: stack?.databaseUrl,
    ROLLCALL_TEMPORAL_ADDRESS: stack?.temporalAddress,
    ROLLCALL_TEMPORAL_UI_URL: stack?.uiUrl,
    ROLLCALL_SECRET_KEY: ownKey(settings, home),
    ROLLCALL_SINK_URL: sinkUrl,
    ROLLCALL_MAIL_FROM: sinkUrl === undefined ? undefined : SINK_FROM,
  };
  const effective = { ...settings, ROLLCALL_HOME: home };
  const values = new Map<string, unknown>(Object.entries(effective));
  return Object.keys(SETTINGS.shape).map((name) => {
    const origin = origins.get(name);
    if (origin !== undefined) return { name, value: shown(name, values.get(name)), from: origin };
    const embedded = fromStack[name];
    if (typeof embedded === 'string') {
      return { name, value: shown(name, embedded), from: 'embedded stack' };
    }
    const value = values.get(name);
    if (value === undefined) return { name, value: null, from: 'unset' };
    return { name, value: shown(name, value), from: 'default' };
  });
}

/** Hides the password of a URL. */
export function redactUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.password !== '') url.password = '(set)';
    return decodeURI(url.href);
  } catch {
    return '(set)';
  }
}

function shown(name: string, value: unknown): string {
  if (SECRETS.has(name)) return '(set)';
  if (/_TLS_(CA|CERT)$/.test(name)) return '(PEM)';
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return name.endsWith('_URL') ? redactUrl(text) : text;
}

function common(s: Settings, home: string) {
  const port = s.ROLLCALL_HEALTH_PORT;
  return {
    home,
    health: port === undefined ? null : { host: s.ROLLCALL_HEALTH_HOST, port },
    logLevel: s.ROLLCALL_LOG_LEVEL,
    shutdownGraceMs: s.ROLLCALL_SHUTDOWN_GRACE_SECONDS * 1000,
    limits: {
      maxFileBytes: s.ROLLCALL_MAX_FILE_BYTES,
      maxColumns: s.ROLLCALL_MAX_COLUMNS,
      maxCellChars: s.ROLLCALL_MAX_CELL_CHARS,
    },
    sliceEntries: s.ROLLCALL_SLICE_ENTRIES,
    applyLanes: s.ROLLCALL_APPLY_LANES,
    retention: {
      filesDays: s.ROLLCALL_RETAIN_FILES_DAYS,
      plansDays: s.ROLLCALL_RETAIN_PLANS_DAYS,
      deliveriesDays: s.ROLLCALL_RETAIN_DELIVERIES_DAYS,
    },
    unmergeDays: s.ROLLCALL_UNMERGE_DAYS,
    campaigns: { gate: s.ROLLCALL_CAMPAIGN_GATE, twoPeople: s.ROLLCALL_CAMPAIGN_TWO_PEOPLE },
    smtpUrl: s.ROLLCALL_SMTP_URL ?? null,
    mailFrom: s.ROLLCALL_MAIL_FROM ?? null,
    sink: { days: s.ROLLCALL_SINK_DAYS, maxBytes: s.ROLLCALL_SINK_BYTES },
    delivery: deliveryOf(s),
    queues: s.ROLLCALL_WORKER_QUEUES,
    token: s.ROLLCALL_TOKEN?.trim() ?? null,
    previousSecretKey: s.ROLLCALL_SECRET_KEY_PREVIOUS ?? null,
    allowPrivateHosts: s.ROLLCALL_ALLOW_PRIVATE_HOSTS,
    platform: { name: s.ROLLCALL_PLATFORM_NAME, url: s.ROLLCALL_PLATFORM_URL ?? null },
    timeZone: s.ROLLCALL_TIME_ZONE,
  };
}
