import { createHash } from 'node:crypto';
import type { Rig } from './rig';

/**
 * The content of a store: by table, by a key without ids, the row as text without ids and times.
 */
export type EndState = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The content that must not depend on when something was killed. Times count as present or absent; ids are
 * replaced by what they refer to (see `NAMES`). `key` is a column of its own, unique in its table.
 */
const TABLES: Readonly<Record<string, string>> = {
  user: `select u.id::text as key, to_jsonb(u) - array['id', 'created_at', 'updated_at', 'deactivated_at']
      || jsonb_build_object('deactivated', u.deactivated_at is not null) as row from "user" u`,
  identity: `select s.name || '/' || i.external_id as key,
      to_jsonb(i) - array['created_at'] as row
    from identity i join source s on s.id = i.source_id`,
  plan: `select p.run_id || '/' || coalesce('line ' || p.line, 'absent ' || p.user_id) as key,
      to_jsonb(p) || jsonb_build_object('outcome', (
        select jsonb_build_object('action', o.action, 'reason', o.reason, 'fields', o.fields)
        from entry_outcome o where o.run_id = p.run_id and o.entry = p.entry)) as row
    from plan_entry p`,
  outcome: `select run_id || '/' || entry as key, to_jsonb(o) - 'at' as row from entry_outcome o`,
  staged: `select run_id || '/' || line as key, to_jsonb(record_hash) as row from staged_row`,
  message: `select run_id || '/' || n as key, to_jsonb(m) as row from run_message m`,
  run: `select r.id::text as key, to_jsonb(r) - array['fence', 'progress', 'id_prefix', 'created_at',
        'started_at', 'staged_at', 'planned_at', 'approved_at', 'applied_at', 'finished_at',
        'undoable_until', 'mapping_hash']
      || jsonb_build_object('started', started_at is not null, 'staged', staged_at is not null,
        'planned', planned_at is not null, 'approved', approved_at is not null,
        'applied', applied_at is not null, 'finished', finished_at is not null,
        'undoable', undoable_until is not null, 'phase', progress ->> 'phase') as row from run r`,
  decision: `select d.id::text as key, to_jsonb(d) - array['created_at', 'taken_at'] as row
    from decision d where taken_at is not null`,
  audit: `select concat_ws('/', action, subject_type, subject_id, run_id,
        row_number() over (partition by action, subject_type, subject_id, run_id order by id)) as key,
      to_jsonb(a) - array['id', 'at'] || jsonb_build_object('values', (
        select jsonb_object_agg(v.field, jsonb_build_array(v.before, v.after))
        from audit_value v where v.event_id = a.id)) as row from audit_event a`,
  source: `select name as key, to_jsonb(s) - array['id', 'created_at'] as row from source s`,
  file: `select f.id::text as key, jsonb_build_object('name', f.name, 'bytes', f.bytes,
        'sha256', f.sha256, 'complete', f.complete, 'chunks', (
          select count(*) from run_file_chunk c where c.file_id = f.id)) as row
    from run_file f where exists (select from run r where r.file_id = f.id)`,
  organization: `select code_key as key, to_jsonb(o) - array['id', 'created_at'] as row
    from organization o`,
};

/**
 * What an id refers to. Runs are numbered by the order in which they had their slots, files and decisions
 * likewise. Files that no run reads and decisions that were never carried out are not part of a state: a
 * killed client may leave them.
 */
const NAMES = `
  select id::text, 'user ' || coalesce(code, login_key, email_key) as name from "user"
  union all select id::text, 'organization ' || code_key from organization
  union all select id::text, 'source ' || name from source
  union all select id::text, 'admin ' || name from admin
  union all select id::text, 'run ' || row_number() over (order by started_at, id) from run
  union all select file_id::text, 'file ' || row_number() over (order by started_at, id) from run
    where file_id is not null
  union all select id::text, 'decision ' || row_number() over (order by id) from decision
    where taken_at is not null`;

/** Within the changes of a plan: the time of a deactivation. */
const TIME = /"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d"/g;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Reads the complete state of the store that the rig's commands use. */
export async function readEndState(rig: Rig): Promise<EndState> {
  const named = await rig.sql<{ id: string; name: string }>(NAMES);
  const names = new Map(named.map(({ id, name }) => [id, name]));
  const withoutIds = (text: string): string =>
    text.replace(UUID, (id) => names.get(id) ?? `nobody's id ${id}`).replace(TIME, '"a time"');
  const state = new Map<string, ReadonlyMap<string, string>>();
  for (const [table, query] of Object.entries(TABLES)) {
    const rows = await rig.sql<{ key: string; row: string }>(
      `select key, row::text from (${query}) t`,
    );
    state.set(table, byKey(rows, withoutIds));
  }
  return state;
}

function byKey(
  rows: readonly { key: string; row: string }[],
  withoutIds: (text: string) => string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { key, row } of rows) {
    const name = withoutIds(key);
    // A second row with the same name is a duplicate.
    const again = found.has(name) ? ` (again, ${String(found.size)})` : '';
    found.set(`${name}${again}`, withoutIds(row));
  }
  return found;
}

/** One number for a whole state. */
export function hashOf(state: EndState): string {
  const sum = createHash('sha256');
  for (const [table, rows] of state) {
    sum.update(`\0\0${table}`);
    for (const [key, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
      sum.update(`\0${key}\0${row}`);
    }
  }
  return sum.digest('hex').slice(0, 16);
}

/** The differences between a state and the expected one. */
export interface Difference {
  /** Rows of any table that are missing. */
  readonly lost: number;
  /** Rows that should not exist, and users that were written too often. */
  readonly doubled: number;
  /** Rows with different content. */
  readonly other: number;
  /** The first of them, for people to read. */
  readonly examples: readonly string[];
}

const SHOWN = 8;

/** Compares a state with the reference; `ignore` keys of some tables where given. */
export function compare(
  found: EndState,
  reference: EndState,
  ignore: (table: string, key: string) => boolean = () => false,
): Difference {
  const count = { lost: 0, doubled: 0, other: 0 };
  const examples: string[] = [];
  const tell = (what: string): void => {
    if (examples.length < SHOWN) examples.push(what.slice(0, 1_200));
  };
  for (const [table, wanted] of reference) {
    const rows = found.get(table) ?? new Map<string, string>();
    for (const [key, row] of wanted) {
      const now = rows.get(key);
      if (now === row) continue;
      if (now === undefined) {
        count.lost += 1;
        tell(`${table} ${key}: missing`);
      } else {
        const oftener = table === 'user' && versionOf(now) > versionOf(row);
        count[oftener ? 'doubled' : 'other'] += 1;
        tell(`${table} ${key}:\n      is        ${now}\n      should be ${row}`);
      }
    }
    for (const [key, row] of rows) {
      if (wanted.has(key) || ignore(table, key)) continue;
      count.doubled += 1;
      tell(`${table} ${key}: should not be there: ${row.slice(0, 200)}`);
    }
  }
  return { ...count, examples };
}

function versionOf(row: string): number {
  return Number(/"version": (\d+)/.exec(row)?.[1] ?? 0);
}
