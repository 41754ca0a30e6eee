import { Fault } from '../../domain/faults';
import type { ReadMessage } from '../../domain/runs/messages';
import { arrayLiteral, type StagedRow } from '../../domain/files/staged';
import type { DaysReason, KnownDays } from '../../domain/users/days';
import type { FieldName, SourceStatus } from '../../domain/users/fields';
import type { Db, Tx } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { ensurePartitions, partitionOf } from '../database/partitions';
import { moveRun } from '../runs/runs';
import { needField, REMOVED, takeRepeated } from './parts';
import { analyzeRows, copyTailed, encodeTailed, type RowTail } from './staging';

export type ReadMode = 'full' | 'changes';

/** The state of a read: how many pages are staged, and the reader's own place after them. */
export interface ReadPlace<State = unknown, Whole = unknown> {
  readonly mode: ReadMode;
  /** Grows with each page and each restart: identifies the place that the next page must follow. */
  readonly step: number;
  /** Written by the reader, plain JSON; null: nothing was read yet, or the read has ended. */
  readonly state: State | null;
  /** What the reader returned with the last page, plain JSON; null: the read has not ended. */
  readonly listing: Whole | null;
  readonly rows: number;
  /** How often the read was started. */
  readonly begun: number;
}

/** A row of a polled source, with the values that only such a source has. */
export interface PolledRow {
  readonly row: StagedRow;
  readonly sourceStatus: string | null;
  /** The source says that it removed this person. */
  readonly deleted: boolean;
  /** When the status changes by itself next; null: never. */
  readonly due: Due | null;
  /** Set where the record's days alone decided its status. */
  readonly statusBy?: DaysReason | null;
  /** Which of its days the record has, even as nothing; by default none. */
  readonly daysKnown?: KnownDays | null;
  /** Ids that the source merged into this one. */
  readonly aliases: readonly string[];
  /** The id that it merged this one into. */
  readonly mergedInto: string | null;
}

/** Days (`YYYY-MM-DD`) on which a status changes by itself, as a source named them. */
export interface Due {
  readonly on: string;
  /** IANA zone that the days are meant in; null: the source's own. */
  readonly zone: string | null;
  /** The status from that day on; null: what the person's days took from them comes back. */
  readonly status: SourceStatus | null;
  /** The day from which the person is inactive again. */
  readonly then: string | null;
}

/** Rows of a page in the form in which they are stored. */
export interface EncodedRows {
  readonly count: number;
  readonly text: readonly Buffer[];
}

/**
 * Encodes rows for a run. Call it as soon as the rows exist: rows that wait to be stored together with
 * others outlive V8's young heap, which cost half a second in 100,000.
 */
export function encodeRows(runId: string, rows: readonly PolledRow[]): EncodedRows {
  if (rows.length === 0) return { count: 0, text: [] };
  return {
    count: rows.length,
    text: [encodeTailed(runId, rows, { row: ({ row }) => row, tail: tailOf })],
  };
}

/** What a snapshot proved about its completeness; stored with the run. */
export interface ListingFacts {
  readonly pages: number;
  readonly rows: number;
  /** Rows of people who were listed more than once, without their last ones. */
  readonly repeated: number;
  /** True where a row may hold only some fields of a person, so that the others stay as they were. */
  readonly partial: boolean;
  readonly claimed: number | null;
  readonly complete: boolean;
  /** Why it proves nothing about absent people; null where it does. */
  readonly why: string | null;
  /**
   * Complete full reads in a row after which an absent person has left; null: absence says nothing.
   */
  readonly absenceTimes: number | null;
  /** Where changes are read from after this run. */
  readonly cursor: unknown;
  readonly declarationSha: string;
  /** When the read began, ISO. */
  readonly startedAt: string;
}

interface StoredPlace<State, Whole> {
  readonly step: number;
  readonly state: State | null;
  readonly listing: Whole | null;
  readonly begun: number;
}

/**
 * The place, in the form in which the reader of the pages left it. @throws Fault state when it is no sync.
 */
export async function readPlace<State = unknown, Whole = unknown>(
  db: Pick<Db, 'pool'>,
  runId: string,
): Promise<ReadPlace<State, Whole>> {
  const { rows } = await db.pool.query<{
    mode: ReadMode | null;
    place: StoredPlace<State, Whole> | null;
    n: number;
  }>(`select read_mode as mode, read_state as place, rows as n from run where id = $1`, [runId]);
  const [row] = rows;
  if (row?.mode == null) throw noSync(runId);
  const place = row.place ?? { step: 0, state: null, listing: null, begun: 0 };
  return { mode: row.mode, rows: row.n, ...place };
}

/**
 * Stages one page and moves the place behind it, in one transaction: both are stored, or neither is.
 * A page that does not follow the stored place is refused.
 */
export async function stagePage<State, Whole>(
  db: Pick<Db, 'pool'>,
  o: Attempt & {
    readonly after: ReadPlace<State, Whole>;
    readonly rows: EncodedRows;
    /**
     * The reader's place after the page; after the last one, null and the facts about the complete read.
     */
    readonly state: State | null;
    readonly listing: Whole | null;
  },
): Promise<ReadPlace<State, Whole>> {
  return writing(db, { ...o, once: true }, async (tx) => {
    const next: ReadPlace<State, Whole> = {
      mode: o.after.mode,
      step: o.after.step + 1,
      state: o.state,
      listing: o.listing,
      rows: o.after.rows + o.rows.count,
      begun: o.after.begun,
    };
    await move(tx, o.runId, { from: o.after, to: next });
    if (o.rows.count > 0) await copyTailed(tx, { runId: o.runId, text: o.rows.text });
    // The following statements join the rows; without statistics, 20,000 of them took minutes.
    if (o.listing !== null && next.rows > 0) await analyzeRows(tx, o.runId);
    return next;
  });
}

/** Restarts the read: what was staged of it is deleted. */
export async function restartRead<State, Whole>(
  db: Pick<Db, 'pool'>,
  o: Attempt & {
    readonly after: ReadPlace<State, Whole>;
    readonly mode: ReadMode;
    readonly state: State;
  },
): Promise<ReadPlace<State, Whole>> {
  await ensurePartitions(db.pool, o.runId);
  return writing(db, { ...o, once: true }, async (tx) => {
    const next: ReadPlace<State, Whole> = {
      mode: o.mode,
      step: o.after.step + 1,
      state: o.state,
      listing: null,
      rows: 0,
      begun: o.after.begun + 1,
    };
    await move(tx, o.runId, { from: o.after, to: next });
    await tx.query(`delete from ${partitionOf('staged_row', o.runId)} where run_id = $1`, [
      o.runId,
    ]);
    return next;
  });
}

async function move(
  tx: Tx,
  runId: string,
  o: { readonly from: ReadPlace; readonly to: ReadPlace },
): Promise<void> {
  const { mode, rows, ...place } = o.to;
  const { rowCount } = await tx.query(
    `update run set read_mode = $3, read_state = $4, rows = $5, failure = null
     where id = $1 and staged_at is null and coalesce((read_state ->> 'step')::int, 0) = $2`,
    [runId, o.from.step, mode, JSON.stringify(place), rows],
  );
  if (rowCount === 1) return;
  throw new Fault('fenced', {
    code: 'page_out_of_turn',
    message: `Another attempt has read on for run ${runId}.`,
    next: { do: 'showRun', run: runId },
  });
}

/**
 * What only the store knows about a read: its number of people, and that of the last complete one.
 */
export async function countPeople(
  db: Pick<Db, 'pool'>,
  runId: string,
): Promise<{ people: number; lastRows: number | null }> {
  const { rows } = await db.pool.query<{ people: number; lastRows: number | null }>(
    `select (select count(distinct external_id)::int from staged_row where run_id = r.id) as people,
       l.rows as "lastRows"
     from run r join source s on s.id = r.source_id left join run l on l.id = s.last_good_run_id
     where r.id = $1`,
    [runId],
  );
  return rows[0] ?? { people: 0, lastRows: null };
}

/** What a read in parts is judged by: fields that a person needs when all parts are known. */
export interface ReadParts {
  readonly required: readonly FieldName[];
}

export interface ReadEnd extends Attempt {
  readonly listing: Omit<ListingFacts, 'partial' | 'repeated' | 'rows'>;
  /** Set where the source gives people in parts; otherwise the last row of a person counts whole. */
  readonly parts: ReadParts | null;
  readonly coverage: Readonly<Record<string, number>>;
  readonly messages: readonly ReadMessage[];
}

/**
 * Ends the read. A person who was listed twice stays once: as last read (their row moved across
 * pages during the read), or, where the source gives people in parts, as all parts together.
 */
export async function closeRead(db: Pick<Db, 'pool'>, o: ReadEnd): Promise<{ rows: number }> {
  return writing(db, { ...o, once: true }, async (tx) => {
    const repeated = await takeRepeated(tx, { runId: o.runId, inParts: o.parts !== null });
    for (const field of o.parts?.required ?? []) await needField(tx, { runId: o.runId, field });
    // Removed at the source and never known here: there is nobody to plan for.
    await tx.query(
      `delete from staged_row s using run r
       where r.id = $1 and s.run_id = r.id and s.source_status = $2 and s.code is null
         and s.login is null and s.email is null and not exists (select from identity i
           where i.source_id = r.source_id and i.external_id = s.external_id)`,
      [o.runId, REMOVED],
    );
    const { rows } = await tx.query<{ rows: number }>(
      `select count(*)::int as rows from staged_row where run_id = $1`,
      [o.runId],
    );
    const counted = rows[0] ?? { rows: 0 };
    const listing: ListingFacts = {
      ...o.listing,
      rows: counted.rows,
      partial: o.parts !== null,
      repeated,
    };
    await tx.query(
      `insert into run_message (run_id, n, line, "column", code, facts)
       select $1, n, null, null, code, facts
       from unnest($2::text[], $3::jsonb[]) with ordinality as t(code, facts, n)`,
      [o.runId, o.messages.map((m) => m.code), o.messages.map((m) => JSON.stringify(m.facts))],
    );
    await tx.query(
      `update run set staged_at = now(), rows = $2, coverage = $3, listing = $4
       where id = $1`,
      [o.runId, counted.rows, JSON.stringify(o.coverage), JSON.stringify(listing)],
    );
    await moveRun(tx, { runId: o.runId, to: 'running' });
    return { rows: counted.rows };
  });
}

/** The values of a row that only a polled source has. */
function tailOf(row: PolledRow): RowTail {
  const { sourceStatus, deleted, due, aliases, mergedInto } = row;
  return [
    deleted ? REMOVED : sourceStatus,
    due?.on ?? null,
    due?.zone ?? null,
    due?.status ?? null,
    due?.then ?? null,
    aliases.length === 0 ? null : arrayLiteral(aliases),
    mergedInto,
    row.statusBy ?? null,
    row.daysKnown ?? null,
  ];
}

function noSync(runId: string): Fault {
  return new Fault('state', {
    code: 'not_a_sync',
    message: `Run ${runId} does not read a polled source.`,
    next: { do: 'showRun', run: runId },
  });
}
