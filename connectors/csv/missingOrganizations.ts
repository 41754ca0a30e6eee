import type { NewMessage } from '../../domain/runs/messages';
import { factText } from '../../domain/files/rowFaults';
import { userKey } from '../../domain/keys';

/** Organizations that one file reports; the rows of the others report them themselves. */
const MAX_REPORTED = 12;

/**
 * Counts the rows for each organization that does not exist: one message for each, not for each
 * row.
 */
export class MissingOrganizations {
  readonly #seen = new Map<string, { name: string; column: string; line: number; rows: number }>();

  add(name: string, column: string, line: number): void {
    const key = userKey(name);
    const seen = this.#seen.get(key);
    if (seen !== undefined) seen.rows++;
    else if (this.#seen.size < MAX_REPORTED) this.#seen.set(key, { name, column, line, rows: 1 });
  }

  /** One message for each organization that more than one row names. */
  messages(): NewMessage[] {
    return (
      [...this.#seen.values()]
        .filter(({ rows }) => rows > 1)
        // Without a line, so that it is shown before everything that is about one row.
        .map(({ name, column, line, rows }) => ({
          line: null,
          column,
          code: 'missing_organization',
          facts: { rows, line, name: factText(name) },
        }))
    );
  }
}
