import { readWorld, rows } from '../builders';
import type { ReadRow } from '../oracle';
import { storedOutcomes } from '../outcomes';
import type { TestDatabase } from '../postgres';
import { importRows, planImport, type ImportInput } from './storeRun';

/** Three people with all their keys. */
export const three = (): ReadRow[] =>
  rows(
    { code: 'a', email: 'a@x.org', login: 'a' },
    { code: 'b', email: 'b@x.org', login: 'b' },
    { code: 'c', email: 'c@x.org', login: 'c' },
  );

/** What tests ask of a store after a read; the database is there once the tests run. */
export function askedOf(store: Pick<TestDatabase, 'db'>) {
  return {
    /** line → outcome of a read that is planned only. */
    outcomes: async (input: ImportInput): Promise<Record<number, string>> => {
      const { runId } = await planImport(store.db, { ...input, dryRun: true });
      return Object.fromEntries((await storedOutcomes(store.db, runId)).outcomes.rows);
    },
    /** Code (or id) of each person → a field of theirs. */
    fieldOf: async (field: string): Promise<Record<string, string | null>> => {
      const { people } = await readWorld(store.db.pool);
      return Object.fromEntries(
        [...people.values()].map((p) => [p.fields['code'] ?? p.id, p.fields[field] ?? null]),
      );
    },
    /** Line and code of each message of a read that is applied. */
    messagesOf: async (
      input: Parameters<typeof importRows>[1],
    ): Promise<(readonly [number | null, string])[]> => {
      const { messages } = await importRows(store.db, input);
      return messages.map((m) => [m.line, m.code]);
    },
  };
}
