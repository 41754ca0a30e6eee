import { factText } from '../../domain/files/rowFaults';
import { stagedAt, type StagedRow } from '../../domain/files/staged';
import { userKey } from '../../domain/keys';
import { RepeatFinder } from './repeats';

/** Rows whose manager has no row in the file; `first`: one of them. */
export interface ManagersElsewhere {
  readonly rows: number;
  readonly first: { readonly value: string; readonly line: number } | null;
}

/** So many different managers are counted; the limit bounds the memory. */
const MAX_MANAGERS = 100_000;
const LINE = stagedAt('line');
const KEYS = [stagedAt('external_id'), stagedAt('login_key'), stagedAt('email_key')] as const;
const MANAGER = stagedAt('manager_ref');

/**
 * Finds managers who have no row in the file, by number, login or e-mail: an import looks them up among
 * the users. One instance for each read of a file that names managers.
 */
export class ManagerFinder {
  private readonly keys = new RepeatFinder();
  private readonly named = new Map<string, { rows: number; readonly line: number }>();

  add(row: StagedRow): void {
    const line = Number(row[LINE]);
    for (const at of KEYS) {
      const key = row[at] ?? null;
      if (key !== null) this.keys.add(key, line);
    }
    const manager = row[MANAGER] ?? null;
    if (manager === null) return;
    const seen = this.named.get(manager);
    if (seen !== undefined) seen.rows++;
    else if (this.named.size < MAX_MANAGERS) this.named.set(manager, { rows: 1, line });
  }

  found(): ManagersElsewhere {
    let rows = 0;
    let first: ManagersElsewhere['first'] = null;
    for (const [manager, seen] of this.named) {
      if (this.keys.has(manager) || this.keys.has(userKey(manager))) continue;
      rows += seen.rows;
      first ??= { value: factText(manager), line: seen.line };
    }
    return { rows, first };
  }
}
