import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../domain/faults';
import { createMerge } from '../../operations/merges/merge';
import { addCredit } from '../../operations/records/credits';
import { setEnrollment } from '../../operations/records/enrollments';
import { createRecordsImport, prepareRecords } from '../../operations/records/importRecords';
import { createImport, prepareImport } from '../../operations/runs/imports';
import type { SourceContext } from '../../operations/sources/polledSource';
import { linkUser } from '../../operations/users/links';
import { editUser } from '../../operations/users/userEdits';
import { transaction } from '../../store/database/db';
import { chanceOf } from '../chance';
import { Runs, type Ended } from './runs';

/** One thing that is written to one of the two accounts of a pair, once. */
interface Write {
  readonly pair: number;
  /** Which account is named. */
  readonly side: 's' | 'a';
  /** What is written: a course, a title, a number, a field. */
  readonly what: string;
  /** The pair at whose merge it is written. */
  readonly due: number;
}

/** A write, and what became of it. */
export interface EndedWrite extends Write {
  readonly writer: WriterName;
  /** The code of its refusal; `null`: it was written. */
  readonly refused: string | null;
  /** The accounts were merged by then. */
  readonly after: boolean;
}

type Writer = (o: {
  readonly context: SourceContext;
  readonly runs: Runs;
  readonly write: Write;
}) => Promise<string | null>;

const codeOf = ({ pair, side }: Write): string => `${side}${String(pair)}`;
const valueOf = ({ pair, what }: Write): string => `${what} of ${String(pair)}`;

/** The writers, what each of them writes once for each pair, and how it says that it was refused. */
const WRITERS = {
  edit: {
    writes: ['jobTitle', 'department', 'location'],
    write: ({ context, write }) =>
      refusalOf(editUser(context, { user: codeOf(write), set: { [write.what]: valueOf(write) } })),
  },
  people: {
    writes: ['phone', 'locale'],
    write: async ({ context, runs, write }) => {
      const value = write.what === 'locale' ? 'de-AT' : `+43 1 ${String(write.pair)}`;
      const prepared = await prepareImport(context, {});
      const text = `code,${write.what}\n${codeOf(write)},${value}\n`;
      return refusalOfRun(runs, await createImport(context, { prepared, file: fileOf(text) }));
    },
  },
  enrollments: {
    writes: ['E1', 'E2', 'E3'],
    write: ({ context, write }) =>
      refusalOf(
        setEnrollment(context, { user: codeOf(write), course: write.what, status: 'enrolled' }),
      ),
  },
  enrollmentFile: {
    writes: ['F1', 'F2'],
    write: async ({ context, runs, write }) => {
      const prepared = await prepareRecords(context, {
        ...{ subject: 'enrollments', request: {}, today: '2026-11-30' },
      });
      const text = `user,course,status\n${codeOf(write)},${write.what},completed\n`;
      return refusalOfRun(
        runs,
        await createRecordsImport(context, { prepared, file: fileOf(text) }),
      );
    },
  },
  credits: {
    writes: ['First aid', 'Fire drill', 'First lecture'],
    write: ({ context, write }) =>
      refusalOf(
        addCredit(context, {
          ...{ user: codeOf(write), title: write.what, provider: 'Red Cross' },
          ...{ credits: '2.5', earnedOn: '2026-02-03' },
        }),
      ),
  },
  links: {
    writes: ['L1', 'L2'],
    write: ({ context, write }) =>
      refusalOf(
        linkUser(context, { user: codeOf(write), source: 'crm', externalId: valueOf(write) }),
      ),
  },
  // As a program inserts them that holds no lock of the user: only the database refuses a merged one.
  enrollmentRows: {
    writes: ['R1', 'R2'],
    write: ({ context, write }) => insertRow(context, { write, sql: ENROLLMENT_ROW }),
  },
  creditRows: {
    writes: ['Row 1', 'Row 2'],
    write: ({ context, write }) => insertRow(context, { write, sql: CREDIT_ROW }),
  },
} as const satisfies Readonly<
  Record<string, { readonly writes: readonly string[]; readonly write: Writer }>
>;

export type WriterName = keyof typeof WRITERS;
const isWriter = (name: string): name is WriterName => Object.hasOwn(WRITERS, name);
export const WRITER_NAMES: readonly WriterName[] = Object.keys(WRITERS).filter(isWriter);

/** The code of a refusal; `null`: it was written. Rethrows errors that a person could not understand. */
async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === 'bug' || error.kind === 'unavailable')
      throw error;
    return error.code;
  }
}

/** As {@link refusalOf}, for the one row of a file. */
async function refusalOfRun(
  runs: Runs,
  { runId }: { readonly runId: string },
): Promise<string | null> {
  const { state, code, outcomes }: Ended = await runs.toEnd(runId, 'file');
  if (state !== 'done') throw new Error(`run ${runId} is ${state} (${code ?? 'no code'})`);
  const [outcome = 'nothing'] = Object.keys(outcomes);
  return /^(update|create)/.test(outcome) ? null : outcome;
}

const ENROLLMENT_ROW = `insert into enrollment (id, user_id, course_id, status)
  select gen_random_uuid(), $1, id, 'enrolled' from course where code = $2`;
const CREDIT_ROW = `insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
  values (gen_random_uuid(), $1, $2, 'Red Cross', 2.5, '2026-02-03', hashtext($2))`;

/** Inserts a row for the account; where the database refuses it, for the survivor. */
async function insertRow(
  { db }: SourceContext,
  { write, sql }: { readonly write: Write; readonly sql: string },
): Promise<string | null> {
  const idOf = async (column: string): Promise<string> => {
    const { rows } = await db.pool.query<{ id: string }>(
      `select ${column} as id from "user" where code = $1`,
      [codeOf(write)],
    );
    return rows[0]?.id ?? '';
  };
  const insert = async (user: string): Promise<void> =>
    transaction(db, async (tx) => {
      await tx.query(sql, [user, write.what]);
      // Its transaction goes on for a moment.
      await sleep(5);
    });
  try {
    await insert(await idOf('id'));
  } catch (error) {
    const constraint = error instanceof Error && 'constraint' in error ? error.constraint : '';
    if (constraint !== 'row_of_merged_user') throw error;
    await insert(await idOf('merged_into_id'));
  }
  return null;
}

function fileOf(text: string) {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield Buffer.from(text);
  };
  return { name: 'rows.csv', chunks: chunks(), maxBytes: 1e6 };
}

export interface WritersResult {
  readonly merges: number;
  /** Merges that were refused because the pair changed since their plan, and were given again. */
  readonly again: number;
  readonly writes: readonly EndedWrite[];
  readonly wrong: readonly string[];
}

/** How far the writers are around the pair that is merged next. */
const AHEAD = 3;
const BEHIND = 3;

/** Merges pairs one after the other while each of eight writers writes to both accounts of the pairs around. */
export async function mergeUnderWriters(o: {
  /** One for each writer, and one for the merges. */
  readonly contexts: readonly SourceContext[];
  readonly pairs: number;
  readonly seed: number;
}): Promise<WritersResult> {
  const { contexts, pairs, seed } = o;
  const [merging, ...others] = contexts;
  if (merging === undefined) throw new Error('a store was opened');
  const front = { at: 1 };
  const all: EndedWrite[] = [];
  const wrong: string[] = [];
  const writing = WRITER_NAMES.map(async (writer, n) => {
    const context = others[n % others.length] ?? merging;
    const runs = new Runs(context);
    const left = writesOf(writer, { pairs, seed });
    for (let step = 0; left.length > 0; step++) {
      const due = left.filter((one) => one.due <= front.at);
      const write = due[Math.floor(chanceOf(seed, writer, step) * due.length)];
      if (write === undefined) {
        await sleep(5);
        continue;
      }
      left.splice(left.indexOf(write), 1);
      const after = write.pair < front.at;
      try {
        const refused = await WRITERS[writer].write({ context, runs, write });
        all.push({ ...write, writer, refused, after });
      } catch (error) {
        wrong.push(`${writer} of ${codeOf(write)} failed: ${String(error)}`);
      }
      await sleep(chanceOf(seed, writer, step, 'pause') * 40);
    }
  });
  const again = await mergeAll(merging, { pairs, front, wrong });
  await Promise.all(writing);
  return { merges: pairs, again, writes: all, wrong };
}

/** Every write of a writer, each to one of the two accounts. */
function writesOf(
  writer: WriterName,
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
): Write[] {
  const writes: readonly string[] = WRITERS[writer].writes;
  const around = (pair: number, what: string): number =>
    Math.floor(chanceOf(seed, writer, pair, what, 'around') * (AHEAD + BEHIND)) - AHEAD;
  return Array.from({ length: pairs }, (_, i) => i + 1).flatMap((pair) =>
    writes.map((what) => ({
      ...{ pair, what },
      side: chanceOf(seed, writer, pair, what) < 0.5 ? ('s' as const) : ('a' as const),
      // Around its own merge; every other one just at it.
      due: pair + (chanceOf(seed, writer, pair, what, 'at') < 0.5 ? 0 : around(pair, what)),
    })),
  );
}

/** Merges each pair until it is merged; returns how often one had changed since its plan. */
async function mergeAll(
  context: SourceContext,
  o: { readonly pairs: number; readonly front: { at: number }; readonly wrong: string[] },
): Promise<number> {
  const runs = new Runs(context);
  let again = 0;
  for (let pair = 1; pair <= o.pairs; pair++) {
    o.front.at = pair;
    for (let tries = 1; ; tries++) {
      const name = String(pair);
      const { runId } = await createMerge(context, {
        ...{ survivor: `s${name}`, redundant: `a${name}`, expect: 1 },
      });
      const { state, outcomes } = await runs.toEnd(runId);
      if (state === 'done' && outcomes['update (merge)'] === 1) break;
      if (outcomes['conflict (changed_since)'] !== 1 || tries === 100) {
        o.wrong.push(`merge ${name} is ${state}: ${JSON.stringify(outcomes)}`);
        break;
      }
      again += 1;
    }
  }
  o.front.at = o.pairs + BEHIND + 1;
  return again;
}
