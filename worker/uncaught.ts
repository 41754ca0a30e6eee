import { publicFailure } from '../activities/publicFailure';
import type { Logger } from '../config/logger';

/**
 * Ends the process on an uncaught error and logs only its safe parts. Node would print the complete
 * error, and an error of the database carries people's values.
 */
export function endOnUncaught(
  log: Pick<Logger, 'fatal'>,
  program: {
    on(event: 'uncaughtException', listener: (error: unknown) => void): unknown;
    exit(code: number): unknown;
  },
): void {
  program.on('uncaughtException', (error) => {
    log.fatal(publicFailure(error), 'ended by an error that nobody caught');
    program.exit(1);
  });
}
