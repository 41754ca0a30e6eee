import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { factText, ROW_FAULT_CODES } from '../../domain/files/rowFaults';
import { MESSAGE_CODES } from '../../domain/runs/messageCodes';
import type { StoredMessage } from '../../domain/runs/messages';
import { isPasteable, shown } from '../../domain/shown';
import { wordMessage } from '../../wording/messages';
import { counted } from '../../wording/messages/words';
import { SAMPLES } from './samples';

const ROOT = join(__dirname, '..', '..');

interface Told {
  readonly code: string;
  readonly facts: object;
}

/** A message as it comes from the database, where nothing holds code and facts together. */
function stored(o: Partial<Told> & { readonly message?: string; readonly settled?: object }) {
  return {
    line: 2,
    column: 'email',
    message: null,
    facts: null,
    settled: null,
    ...o,
  } as unknown as StoredMessage;
}

const told = Object.entries(SAMPLES).flatMap(([code, all]) =>
  all.map((facts: object): Told => ({ code, facts })),
);

test.each(told)('$code $facts is a sentence', ({ code, facts }) => {
  const text = wordMessage(stored({ code, facts }));

  expect(text).toMatch(/^\p{Lu}|^["\d]/u);
  expect(text).not.toMatch(/undefined|(?<!--)null|NaN|\[object|\s{2}|\$\{/);
});

test('no two facts of a code make the same sentence', () => {
  const texts = told.map(({ code, facts }) => wordMessage(stored({ code, facts })));

  expect(new Set(texts).size).toBe(texts.length);
});

test('a code is of a message or of a row, never of both, and has a sample', () => {
  const codes = [...Object.keys(MESSAGE_CODES), ...Object.keys(ROW_FAULT_CODES)];

  expect(new Set(codes).size).toBe(codes.length);
  expect(Object.keys(SAMPLES).sort()).toEqual(codes.sort());
});

test('a message that was stored as a sentence is shown as it stands', () => {
  const message = 'Said by a worker before. Next: rollcall runs show 1';

  expect(wordMessage(stored({ code: 'ambiguous', message }))).toBe(message);
});

test('a code of a later build is shown itself', () => {
  expect(wordMessage(stored({ code: 'of_tomorrow', facts: {} }))).toBe('of_tomorrow');
  expect(wordMessage(stored({ code: 'toString', facts: {} }))).toBe('toString');
});

test.each([
  [{ as: 'skip', user: null, run: null }, 'the row is left out'],
  [{ as: 'create', user: null, run: 'r1' }, 'r1'],
  [{ as: 'user', user: 'a2', run: 'r1' }, 'a2'],
])('a conflict that was settled says how: %j', (how, part) => {
  const settled = { by: 'Ada', ...how };

  const text = wordMessage(stored({ code: 'no_key', facts: {}, settled }));

  expect(text).toContain('Ada');
  expect(text).toContain(part);
});

test('a text of a file is repeated from its fact as from the file', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 90 }),
    fc.string({ unit: 'grapheme', maxLength: 90 }),
  );
  fc.assert(
    fc.property(
      text.filter((x) => !x.includes('\0')),
      (value) => {
        const fact = factText(value);

        expect(shown(fact)).toBe(shown(value));
        expect(isPasteable(fact)).toBe(isPasteable(value));
      },
    ),
  );
});

test('a fact holds nothing that Postgres refuses as JSON', () => {
  const halves = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 });
  fc.assert(
    fc.property(halves, (units) => {
      const json = JSON.stringify(factText(String.fromCharCode(...units)));

      expect(json).not.toMatch(/\\ud[89a-f]|\\u0000/);
    }),
  );
});

/** Every file of the store that is not generated. */
async function storeFiles(): Promise<string[]> {
  const names = await readdir(join(ROOT, 'store'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts') && !name.startsWith('generated'));
  return Promise.all(files.map((name) => readFile(join(ROOT, 'store', name), 'utf8')));
}

test('the store writes codes and facts, no sentence', async () => {
  const inserts = (await storeFiles()).flatMap(
    (source) => source.match(/insert into run_message \([^)]*\)/g) ?? [],
  );

  expect(inserts.length).toBeGreaterThan(10);
  expect(new Set(inserts)).toEqual(
    new Set(['insert into run_message (run_id, n, line, "column", code, facts)']),
  );
});

test('why matching stops a row is one of the codes', () => {
  const source = ['matching/match', 'matching/aliases', 'matching/duplicates', 'entries']
    .map((name) => readFileSync(join(ROOT, 'store', 'plan', `${name}.ts`), 'utf8'))
    .join('\n');
  const set = [...source.matchAll(/problem = '(\w+)'(?!\))/g)].map(([, code = '']) => code);
  const chosen = [...source.matchAll(/then '(\w+)'\s+end as problem/g)].map(
    ([, code = '']) => code,
  );
  // These two are no conflicts: their rows are skipped.
  const skipped = new Set(['merged_alias', 'merged_at_source']);
  const codes = [...set, ...chosen].filter((code) => !skipped.has(code));

  expect(codes).toEqual(expect.arrayContaining(['other_identity', 'two_rows', 'key_taken']));
  for (const code of codes) expect(Object.keys(MESSAGE_CODES)).toContain(code);
});

test('counts have their thousands separated', () => {
  expect(counted(6000, 'deactivation', 'deactivations')).toBe('6,000 deactivations');
});
