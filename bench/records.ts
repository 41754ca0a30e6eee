import { createWriteStream, rmSync } from 'node:fs';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { rollcall } from './cli';
import { bareCopy, bareParse, seconds } from './floor';
import { SlowStatements } from './slowStatements';
import {
  emptyStore,
  resetPeak,
  startBenchStack,
  workerPeakMb,
  workerPid,
  type BenchStack,
} from './stack';

const HELP = `npm run bench -- records [options]

  --rows N       enrollments in the file, of one person in ten courses each (1000000)
  --repeat N     rounds (1)
  --explain      statements of Rollcall's that took longer than 100 ms

One command imports a file of new enrollments, the same file again, and the file with another score in each
tenth row. Beside it, on a table with the same columns, indexes, checks and references: csv-parse reading the
file, a plain COPY of it, and one INSERT that finds people and courses by their codes.
`;

const COURSES = 10;
const document = z.object({
  state: z.string(),
  counts: z.object({ created: z.number(), updated: z.number(), unchanged: z.number() }),
});

/** `npm run bench -- records`: a file of enrollments beside its floor. */
export async function benchRecords(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '1000000' },
      repeat: { type: 'string', default: '1' },
      explain: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const rows = Number(values.rows.replaceAll('_', ''));
  const stack = await startBenchStack();
  const [first, changed] = ['first.csv', 'changed.csv'].map((name) =>
    join(stack.place.folder, name),
  );
  const slow = new SlowStatements(stack.place.home);
  const explain = (): void => {
    if (values.explain) for (const line of slow.take()) tell(line);
  };
  try {
    if (values.explain) await slow.watch(stack.db, 100);
    await writeFile(first ?? '', { rows, changed: false });
    await writeFile(changed ?? '', { rows, changed: true });
    for (let round = 1; round <= Number(values.repeat); round++) {
      await fill(stack, rows);
      const floor = await floorOf(stack, first ?? '');
      tell(
        `floor: parse ${s(floor.parse)}, copy ${s(floor.copy)}, insert ${s(floor.insert)}: ${s(floor.all)}`,
      );
      slow.skip();
      const create = await imported(stack, first ?? '', { created: rows });
      tell(
        `create ${s(create.seconds)} (${(create.seconds / floor.all).toFixed(2)} × the floor), worker ${String(create.workerMb)} MB`,
      );
      const same = await imported(stack, first ?? '', { unchanged: rows });
      tell(`unchanged ${s(same.seconds)}`);
      explain();
      const tenth = await imported(stack, changed ?? '', { updated: Math.floor(rows / 10) });
      tell(`changed ${s(tenth.seconds)}, load ${(loadavg()[0] ?? 0).toFixed(1)}`);
      explain();
    }
  } finally {
    await stack.stop();
    for (const path of [first, changed]) if (path !== undefined) rmSync(path, { force: true });
  }
}

const s = (seconds: number): string => `${seconds.toFixed(2)} s`;

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function writeFile(
  path: string,
  o: { readonly rows: number; readonly changed: boolean },
): Promise<void> {
  const out = createWriteStream(path, { highWaterMark: 1 << 20 });
  out.write('user,course,status,score,completed\n');
  for (let n = 0; n < o.rows; n++) {
    const score = (n % 100) + (o.changed && n % 10 === 9 ? 0.5 : 0);
    const line = `b${String(Math.floor(n / COURSES))},C${String(n % COURSES)},completed,${String(score)},2026-0${String((n % 9) + 1)}-15\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** People, courses, and the floor's own table. */
async function fill({ db }: BenchStack, rows: number): Promise<void> {
  await db.query(`
    drop schema if exists floor cascade;
    set session_replication_role = replica;
    delete from enrollment; delete from course;
    set session_replication_role = origin`);
  await emptyStore(db);
  await db.query(
    `insert into "user" (id, code, login, login_key, first_name)
     select gen_random_uuid(), 'b' || n, 'b' || n, 'b' || n, 'First' || n
     from generate_series(0, $1::int) n`,
    [Math.ceil(rows / COURSES)],
  );
  await db.query(
    `insert into course (id, code, code_key, name) select gen_random_uuid(), 'C' || n, 'c' || n, 'Course ' || n
     from generate_series(0, $1::int - 1) n`,
    [COURSES],
  );
  await db.query(`
    create schema floor;
    create table floor.enrollment (like public.enrollment including all);
    alter table floor.enrollment
      add foreign key (user_id) references public."user" (id),
      add foreign key (course_id) references public.course (id);
    create table floor.file ("user" text, course text, status text, score text, completed text)`);
  for (const table of ['"user"', 'course', 'enrollment']) await db.query(`vacuum analyze ${table}`);
  await db.query('checkpoint');
}

async function floorOf(
  { db }: BenchStack,
  path: string,
): Promise<{
  readonly parse: number;
  readonly copy: number;
  readonly insert: number;
  readonly all: number;
}> {
  const parsed = await seconds(() => bareParse(path));
  const copied = await seconds(() => bareCopy(db, path));
  const inserted = await seconds(() =>
    db.query(
      `insert into floor.enrollment (id, user_id, course_id, status, score, completed_at)
       select gen_random_uuid(), u.id, c.id, f.status::enrollment_status, f.score::numeric, f.completed::date
       from floor.file f join "user" u on u.code = f."user" join course c on c.code = f.course`,
    ),
  );
  await db.query('drop schema floor cascade');
  await db.query('checkpoint');
  return { parse: parsed, copy: copied, insert: inserted, all: parsed + copied + inserted };
}

async function imported(
  { place, db }: BenchStack,
  path: string,
  expected: Readonly<Partial<Record<'created' | 'updated' | 'unchanged', number>>>,
): Promise<{ readonly seconds: number; readonly workerMb: number | null }> {
  resetPeak(workerPid(place.home));
  const ran = await rollcall(place, ['enrollments', 'import', path, '--json']);
  if (ran.exit !== 0) throw new Error(`${ran.stdout}${ran.stderr}`);
  const { state, counts } = document.parse(JSON.parse(ran.stdout));
  const right = Object.entries(expected).every(
    ([name, count]) => Object.entries(counts).find(([key]) => key === name)?.[1] === count,
  );
  if (state !== 'done' || !right) throw new Error(`it came to ${ran.stdout}`);
  const workerMb = workerPeakMb(place.home);
  await db.query('vacuum analyze enrollment');
  await db.query('checkpoint');
  return { seconds: ran.ms / 1000, workerMb };
}
