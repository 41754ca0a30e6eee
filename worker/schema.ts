import { Fault } from '../domain/faults';
import type { MigrationStatus } from '../store/database/migrate';

/**
 * Refuses a database whose schema is not this program's, older or newer.
 * @throws Fault schema, which says what to do.
 */
export function requireSchema({ pending, unknown }: MigrationStatus): void {
  if (unknown.length > 0) {
    throw new Fault('schema', {
      code: 'schema_unknown',
      message: `The database has migrations that this version does not know: ${unknown.join(', ')}.`,
      next: { do: 'startNewerVersion' },
    });
  }
  if (pending.length > 0) {
    throw new Fault('schema', {
      code: 'schema_behind',
      message: `The database lacks ${String(pending.length)} migrations of this version: ${pending.join(', ')}.`,
      next: { do: 'migrate' },
    });
  }
}
