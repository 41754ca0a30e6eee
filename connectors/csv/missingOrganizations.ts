import type { HeaderMessage } from './columns';
import { userKey } from '../../domain/keys';
import { organizationCommand } from '../../domain/runs/offers';
import { shown } from '../../domain/shown';

/** Organizations that one file tells of; the rows of all others say it themselves. */
const MAX_TOLD = 12;

/** Counts the rows that name an organization which is not there: one message for each, not for each row. */
export class MissingOrganizations {
  readonly #seen = new Map<string, { name: string; column: string; line: number; rows: number }>();

  add(name: string, column: string, line: number): void {
    const key = userKey(name);
    const seen = this.#seen.get(key);
    if (seen !== undefined) seen.rows++;
    else if (this.#seen.size < MAX_TOLD) this.#seen.set(key, { name, column, line, rows: 1 });
  }

  /** Of those that more than one row names. */
  messages(): HeaderMessage[] {
    return (
      [...this.#seen.values()]
        .filter(({ rows }) => rows > 1)
        // Without a line: told before all that is about one row.
        .map(({ name, column, line, rows }) => ({
          line: null,
          column,
          code: 'missing_organization',
          message:
            `${String(rows)} rows, from line ${String(line)} on, name the organization ${shown(name)}, ` +
            'which is not there. Create it ' +
            `(${organizationCommand(name)}), then retry these rows.`,
        }))
    );
  }
}
