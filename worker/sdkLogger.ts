import type { LogMetadata, Logger as SdkLogger, LogLevel } from '@temporalio/worker';
import type { Logger } from '../config/logger';

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/**
 * The SDK's log in our format. Of an error it keeps name and message: errors of workflows and
 * activities carry only code and run id (`activities/failures.ts`), and stacks of the sandbox help
 * nobody.
 */
export function sdkLogger(log: Logger): SdkLogger {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    log[LEVELS[level]]({ sdk: kept(meta) }, message);
  };
  return {
    log: write,
    trace: (message, meta) => {
      write('TRACE', message, meta);
    },
    debug: (message, meta) => {
      write('DEBUG', message, meta);
    },
    info: (message, meta) => {
      write('INFO', message, meta);
    },
    warn: (message, meta) => {
      write('WARN', message, meta);
    },
    error: (message, meta) => {
      write('ERROR', message, meta);
    },
  };
}

function kept(meta: LogMetadata): Record<string, unknown> {
  const entries = Object.entries(meta).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'taskToken') return [];
    if (value instanceof Error) return [[key, `${value.name}: ${value.message}`]];
    return typeof value === 'object' || typeof value === 'symbol' ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}
