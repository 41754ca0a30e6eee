import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createDatabase } from '../../support/postgres';
import { TestStack } from '../../support/stack';
import { keepStack } from '../oldStore/dump';

const FOLDER = __dirname;
/** What was made, of one moment. */
export const FILES = {
  database: join(FOLDER, 'database.json.gz'),
  temporal: join(FOLDER, 'temporal.db.gz'),
  known: join(FOLDER, 'known.json'),
};

const known = z.object({ held: z.string(), waiting: z.string() });
export type Known = z.infer<typeof known>;

export function readKnown(): Known {
  return known.parse(JSON.parse(readFileSync(FILES.known, 'utf8')));
}

/** Settings of both builds: nothing answers where the systems would be. */
export const SETTINGS = {
  ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  ROLLCALL_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
};

/** The systems, each read every hour. */
export const SYSTEMS = ['hr', 'hr2'];
const PEOPLE = 'code,login,email,first name,last name,department\n';
const document = z.object({ runId: z.string(), state: z.string() });

/** Makes the files with the build in `root`, of the moment of `down`. */
export async function makeSharedQueue(root: string): Promise<void> {
  const database = await createDatabase({ empty: true });
  const env = { ...SETTINGS, ROLLCALL_DATABASE_URL: database.url };
  const stack = new TestStack(env, root);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-shared-'));
  try {
    await ok(stack, 'db', 'migrate');
    await stack.up();
    for (const name of SYSTEMS) {
      await ok(
        stack,
        ...['sources', 'add', 'bamboohr', '--name', name, '--config', 'company=example'],
        ...['--secret', 'apiKey=env:HOME', '--base-url', 'http://127.0.0.1:9'],
      );
      await ok(stack, 'sources', 'schedule', name, '--every', '1h');
    }
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

async function ok(stack: TestStack, ...args: readonly string[]): Promise<void> {
  const { exit, stdout, stderr } = await stack.run(...args, '--json');
  if (exit !== 0) throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
}

/** One run that is held, and one of the same list that waits behind it. */
async function makeRuns(stack: TestStack, folder: string): Promise<Known> {
  const run = async (state: string, people: number): Promise<string> => {
    const file = join(folder, `${String(people)}.csv`);
    const rows = Array.from({ length: people }, (_, i) => {
      const n = String(i + 1);
      return `S${n},s${n},s${n}@example.org,First ${n},Last ${n},Works\n`;
    });
    writeFileSync(file, PEOPLE + rows.join(''));
    const list = ['--source', 'staff', '--yes', '--missing', 'deactivate', '--json'];
    const { stdout, stderr } = await stack.run('import', file, ...list);
    const said = document.safeParse(JSON.parse(stdout));
    if (said.data?.state === state) return said.data.runId;
    throw new Error(`no run that is ${state}:\n${stdout}${stderr}`);
  };
  await run('done', 24);
  const held = await run('held', 15);
  return { held, waiting: await run('waiting', 24) };
}
