import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../embedded/paths';
import { whole } from './printed';

/** The files of `npm test` that try rules on random worlds, each many times. */
const FILES = {
  plan: 'test/store/plan/plan.property.test.ts',
  undo: 'test/store/plan/undo.property.test.ts',
  apply: 'test/store/apply/apply.property.test.ts',
  merges: 'test/store/merges/worlds.property.test.ts',
} as const satisfies Readonly<Record<string, string>>;

type Property = keyof typeof FILES;
const isProperty = (text: string): text is Property => Object.hasOwn(FILES, text);
const NAMES = Object.keys(FILES).filter(isProperty);

/** Worlds of one part: a minute or two. */
const WORLDS = 100;

const HELP = `npm run faults -- properties [options]

The rules of plan, apply and undo, tried on random small worlds in which people share codes, addresses
and logins: what is planned, applied and undone is compared with an oracle; and the rules of merges, on
worlds of 5 to 40 steps (merge, unmerge, edit, enroll, import, undo, due). \`npm test\` tries a few dozen
worlds of each with another seed each time; this tries many, in parts of ${String(WORLDS)}.

  --trials N     worlds of each property, rounded up to parts (1000)
  --from N       the first part (1)
  --seed S       other worlds (1)
  --only A,B     of ${NAMES.join(', ')} (all)
  --minutes M    begins no part after this time (9); the same command goes on from there, and adds up
  --again        forgets what was tried before
`;

interface Part {
  readonly name: Property;
  /** The seed of the generator of worlds. */
  readonly seed: number;
  readonly good: boolean;
}

/** Tries the properties; returns the exit code: 1 when a part failed, 2 when some are left. */
export async function propertyFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      minutes: { type: 'string', default: '9' },
      again: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const count = Math.ceil(whole(values.trials, '--trials') / WORLDS);
  const first = whole(values.from, '--from');
  const seed = whole(values.seed, '--seed');
  const until = Date.now() + whole(values.minutes, '--minutes') * 60_000;
  const kept = join(tmpdir(), `rollcall-faults-properties-${String(seed)}.jsonl`);
  if (values.again) rmSync(kept, { force: true });
  const wanted = Array.from({ length: count }, (_, i) => seed * 100_000 + first + i).flatMap(
    (partSeed) => namesOf(values.only).map((name) => ({ name, seed: partSeed })),
  );
  const done = readParts(kept);
  for (const one of wanted) {
    if (Date.now() > until) break;
    if (done.some((part) => part.name === one.name && part.seed === one.seed)) continue;
    const part = { ...one, good: await tryPart(one) };
    process.stderr.write(`${part.good ? 'ok  ' : 'FAIL'} ${one.name}, seed ${String(one.seed)}\n`);
    writeFileSync(kept, `${JSON.stringify(part)}\n`, { flag: 'a' });
    done.push(part);
  }
  const results = wanted.flatMap((one) =>
    done.filter((part) => part.name === one.name && part.seed === one.seed),
  );
  return told(results, wanted.length - results.length);
}

function told(results: readonly Part[], left: number): number {
  const rows = NAMES.map((name) => {
    const parts = results.filter((part) => part.name === name);
    const bad = parts.filter(({ good }) => !good).map((part) => String(part.seed));
    const worlds = parts.length * WORLDS;
    return `| ${name} | ${worlds.toLocaleString('en')} | ${bad.length === 0 ? '0' : bad.join(', ')} |`;
  });
  const table = ['| property | worlds | seeds that failed |', '| --- | --: | --: |', ...rows];
  process.stdout.write(`\n${table.join('\n')}\n`);
  if (left > 0)
    process.stdout.write(`${String(left)} parts are left: the same command goes on with them\n`);
  const bad = results.find(({ good }) => !good);
  if (bad === undefined) return left > 0 ? 2 : 0;
  process.stdout.write(
    `to repeat: ROLLCALL_PROPERTY_RUNS=${String(WORLDS)} ROLLCALL_PROPERTY_SEED=${String(bad.seed)} npm test -- ${FILES[bad.name]}\n`,
  );
  return 1;
}

/** Runs the test file on the worlds of this seed; its words go to stderr. */
function tryPart({ name, seed }: Pick<Part, 'name' | 'seed'>): Promise<boolean> {
  const root = projectRoot();
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules', '.bin', 'jest'), '--ci', '--silent', FILES[name]],
    {
      cwd: root,
      env: {
        ...process.env,
        ROLLCALL_PROPERTY_RUNS: String(WORLDS),
        ROLLCALL_PROPERTY_SEED: String(seed),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code === 0);
    });
  });
}

function readParts(path: string): Part[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Part => JSON.parse(line));
}

function namesOf(only: string | undefined): Property[] {
  const names = only?.split(',').map((name) => name.trim()) ?? NAMES;
  const [unknown] = names.filter((name) => !isProperty(name));
  if (unknown !== undefined) throw new Error(`--only takes ${NAMES.join(', ')}, not "${unknown}"`);
  return names.filter(isProperty);
}
