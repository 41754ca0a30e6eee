import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectRoot } from '../../../embedded/paths';
import { LEVELS, LEVELS_NOTES } from '../../../domain/admins/levels';
import { OPERATIONS, type Operation } from '../../../domain/admins/operations';
import { Fault } from '../../../domain/faults';
import { may, PERMISSION_LEVELS, VERBS } from '../../../domain/permissions';
import { EXCEPTIONS } from './exceptions';

const FOLDER = join(projectRoot(), 'operations');
const PAGE = join(projectRoot(), 'docs/levels.md');

type Exported = readonly (readonly [name: string, work: (...args: unknown[]) => unknown])[];

/** Every function that `operations/` exports, by file and name. */
async function exported(): Promise<Exported> {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const found = await Promise.all(
    files.map(async (file) => {
      const module: unknown = await import(join(FOLDER, file));
      const path = relative('.', file).replace(/\.ts$/, '');
      return Object.entries(Object(module)).flatMap(([name, value]) =>
        typeof value === 'function'
          ? [[`${path}.${name}`, (...args: unknown[]): unknown => value(...args)] as const]
          : [],
      );
    }),
  );
  return found.flat();
}

const excused = (name: string): boolean =>
  Object.hasOwn(EXCEPTIONS, name) || Object.hasOwn(EXCEPTIONS, name.replace(/\.\w+$/, '.*'));

test('every operation is in the matrix, or has its reason', async () => {
  const names = (await exported()).map(([name]) => name);

  const unknown = names.filter((name) => !Object.hasOwn(OPERATIONS, name) && !excused(name));
  const gone = Object.keys(OPERATIONS).filter((name) => !names.includes(name));
  const both = Object.keys(OPERATIONS).filter(excused);
  const unused = Object.keys(EXCEPTIONS).filter(
    (name) => !names.some((own) => own === name || own.replace(/\.\w+$/, '.*') === name),
  );

  expect({ unknown, gone, both, unused }).toEqual({ unknown: [], gone: [], both: [], unused: [] });
});

const ASKED = 'the store is asked';
/** A store of which nothing can be asked. */
const store = new Proxy(
  {},
  {
    get: () => {
      throw new Error(ASKED);
    },
  },
);

/** Calls an operation with an empty input, over a store that cannot be asked. */
async function refusal(work: (...args: unknown[]) => unknown, level: string): Promise<unknown> {
  const actor = { actorId: '0'.repeat(36), level, door: 'library', tokenId: null };
  const context = { db: store, ...actor, keys: [], allowPrivateHosts: [], timeZone: 'UTC' };
  // Ids and names where a text is wanted, options where an object is.
  const input = Object.assign('0'.repeat(36), { run: '0'.repeat(36), status: 'inactive' });
  try {
    const result = await work(context, input, 'jsonl');
    if (isIterable(result)) await result[Symbol.asyncIterator]().next();
    return null;
  } catch (error) {
    return error;
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

test.each(Object.entries<Operation>(OPERATIONS))(
  '%s is for its level and those above, and asks the store for no other',
  async (name, { verb }) => {
    const [, work] = (await exported()).find(([own]) => own === name) ?? [];
    if (work === undefined) throw new Error(`${name} is not exported`);

    const refused = await Promise.all(
      PERMISSION_LEVELS.map(async (level) => {
        const error = await refusal(work, level);
        return error instanceof Fault && error.kind === 'forbidden';
      }),
    );

    expect(refused).toEqual(PERMISSION_LEVELS.map((level) => !may(level, verb)));
  },
);

test('docs/levels.md is printed from the matrix (ROLLCALL_RECORD=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const wanted = page.replace(
    MARKED,
    (_, start: string, end: string) => `${start}${table()}${end}`,
  );
  if (process.env['ROLLCALL_RECORD'] === '1') writeFileSync(PAGE, wanted);

  expect(page).toMatch(MARKED);
  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);
});

const MARKED = /(<!-- levels[^\n]*-->\n)[^]*(<!-- end -->)/;

function table(): string {
  const rows = LEVELS.map(({ operation, command, verb, also, reach }) => [
    `\`${command}\``,
    `\`${operation}\``,
    `\`${verb}\`${also === null ? '' : ` (\`${also.verb}\` when ${also.when})`}`,
    ...PERMISSION_LEVELS.map((level) => reach[level] ?? '–'),
  ]);
  const heads = ['command', 'operation', 'verb', ...PERMISSION_LEVELS];
  const widths = heads.map((head, i) =>
    Math.max(3, head.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |\n`;
  const notes = LEVELS_NOTES.map((note) => `- ${note}\n`).join('');
  return `\n${line(heads)}${line(widths.map((width) => '-'.repeat(width)))}${rows.map(line).join('')}\n${notes}\n`;
}

test('a verb that an operation names is one of the list, and needs a level', () => {
  const verbs = new Set(LEVELS.map(({ verb }) => verb));

  expect([...verbs].filter((verb) => !Object.hasOwn(VERBS, verb))).toEqual([]);
});
