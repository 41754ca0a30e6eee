import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createDatabase } from '../../support/postgres';
import { TestStack } from '../../support/stack';
import { keepStack } from './dump';

const FOLDER = __dirname;
/** What was made, of one moment. */
export const FILES = {
  database: join(FOLDER, 'database.json.gz'),
  temporal: join(FOLDER, 'temporal.db.gz'),
  known: join(FOLDER, 'known.json'),
};

/** As it was printed, whatever its keys. */
const message = z.record(z.string(), z.unknown());
const runs = z.object({
  failedRows: z.string(),
  refused: z.string(),
  undoable: z.string(),
  planned: z.string(),
  held: z.string(),
  waiting: z.string(),
  heldUndo: z.string(),
});
const known = z.object({
  /** The runs in the store, by what they are there for. */
  runs,
  /** What the build that made them said of two of them. */
  said: z.object({
    failedRows: z.array(message),
    refused: z.object({ code: z.string(), message: z.string(), next: z.string().nullable() }),
  }),
});
export type Known = z.infer<typeof known>;

export function readKnown(): Known {
  return known.parse(JSON.parse(readFileSync(FILES.known, 'utf8')));
}

const PEOPLE = 'code,login,email,first name,last name,department\n';
const document = z.object({ runId: z.string(), state: z.string() });
const report = z.object({ messages: z.array(message) });
const refusal = z.object({ error: known.shape.said.shape.refused });

/**
 * Makes the files with the build in `root`: a store with runs of all kinds that go on later, and the file
 * of Temporal's dev server with the workflows that are still open, both of the moment of `down`.
 */
export async function makeOldStore(root: string): Promise<void> {
  const database = await createDatabase({ empty: true });
  const stack = new TestStack({ ROLLCALL_DATABASE_URL: database.url }, root);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-old-'));
  try {
    await stack.run('db', 'migrate');
    await stack.up();
    const made = await makeRuns(stack, folder);
    await stack.run('down');
    writeFileSync(FILES.known, `${JSON.stringify(made, null, 2)}\n`);
    await keepStack({ databaseUrl: database.url, data: stack.data, files: FILES });
  } finally {
    await stack.remove();
    await database.drop();
    rmSync(folder, { recursive: true });
  }
}

async function makeRuns(stack: TestStack, folder: string): Promise<Known> {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = async (state: string, ...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await stack.run(...args, '--json');
    const said = document.safeParse(JSON.parse(stdout));
    if (said.data?.state === state) return said.data.runId;
    throw new Error(`${args.join(' ')} came to no run that is ${state}:\n${stdout}${stderr}`);
  };
  const list = ['--source', 'staff', '--yes', '--missing', 'deactivate'];
  const everybody = file('staff.csv', PEOPLE + people(1, 24, 'Works'));
  await run('done', 'import', everybody, ...list);
  const failedRows = await run('held', 'import', file('failing.csv', FAILING));
  await run('done', 'runs', 'approve', failedRows);
  const refused = await run('failed', 'import', file('refused.csv', 'code,shoe size\n1,38\n'));
  const undoable = await run('done', 'import', file('moved.csv', PEOPLE + people(1, 4, 'Moved')));
  const planned = await run(
    ...([
      'planned',
      'import',
      file('new.csv', PEOPLE + people(31, 33, 'New')),
      '--dry-run',
    ] as const),
  );
  const other = await run('done', 'import', file('other.csv', PEOPLE + people(5, 8, 'Other')));
  const heldUndo = await run('held', 'runs', 'undo', other, '--expect', '1');
  const half = file('half.csv', PEOPLE + people(1, 15, 'Works'));
  const held = await run('held', 'import', half, ...list);
  const waiting = await run('waiting', 'import', everybody, ...list);
  const of = async (id: string): Promise<unknown> =>
    JSON.parse((await stack.run('runs', 'report', id, '--json')).stdout);
  return {
    runs: { failedRows, refused, undoable, planned, held, waiting, heldUndo },
    said: {
      failedRows: report.parse(await of(failedRows)).messages,
      refused: refusal.parse(await of(refused)).error,
    },
  };
}

export function people(from: number, to: number, department: string): string {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const n = String(from + i);
    return `S${n},s${n},s${n}@example.org,First ${n},Last ${n},${department}\n`;
  }).join('');
}

const FAILING = `${PEOPLE.trimEnd()},manager,hire date,organization
F1,f1,not an address,Bad,Mail,Works,,,
F2,f2,f2@example.org,Bad,Boss,Works,F99,,
F3,f3,f3@example.org,Bad,Day,Works,,2020-13-01,
F4,f4,f4@example.org,Bad,Place,Works,,,NOWHERE
F5,s2,s1@example.org,Two,People,Works,,,
F6,f6,f6@example.org,Good,One,Works,,,
F7,f7,f7@example.org,Ring,One,Works,F8,,
F8,f8,f8@example.org,Ring,Two,Works,F7,,
F9,f9,f9@example.org,Twice,One,Works,,,
F9,f9,f9@example.org,Twice,Other,Works,,,
`;
