import { destination, pino, stdSerializers, type Logger } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  /** The program: worker, supervisor, client. */
  readonly name: string;
  /** Appended to instead of stderr. */
  readonly file?: string;
}

/** Properties that may carry a secret, wherever a library puts them. */
const REDACTED = [
  'password',
  'apiKey',
  'token',
  'authorization',
  'connectionString',
  'databaseUrl',
];

/**
 * The program's log: one JSON object a line on stderr (stdout belongs to documents), object first
 * and message last: `log.info({ runId, rows }, 'staged')`. Ids and counts, never people.
 */
export function createLogger({ level, name, file }: LoggerOptions): Logger {
  // Synchronous: the last lines before a crash are the ones that matter.
  const stream = destination({ dest: file ?? 2, sync: true });
  // A full disk or a closed terminal loses log lines; it must not end the program.
  stream.on('error', () => undefined);
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorOf },
      redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`]), censor: '(hidden)' },
    },
    stream,
  );
}

/**
 * Errors of libraries carry values: Postgres's `detail` quotes the key that clashed, axios the whole
 * request. Only what shows where and why it failed is logged.
 */
function errorOf(error: Error): Record<string, unknown> {
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? error.code : undefined;
  return { type, message, stack, ...(code === undefined ? {} : { code }) };
}
