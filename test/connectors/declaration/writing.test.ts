import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE, exampleFor, PAGING_EXAMPLES } from '../../../connectors/check/example';
import { PAGE_TYPES, pageKeys, type PageType } from '../../../connectors/declaration/pages';
import { validateConnector } from '../../../connectors/declaration/validate';
import { meaningOf } from '../../../connectors/declaration/validate/formHelp';

const FILE = join(__dirname, '../../../docs/connectors/writing.md');
const PRINTED =
  /(<!-- printed from connectors\/check\/example.ts -->\n)[^]*?(\n<!-- end of the printed examples -->)/;

function printed(type: PageType): string {
  const { calls, page, complete, note } = PAGING_EXAMPLES[type];
  const parts = Object.entries(page).map(
    ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const json = `{\n  "page": {\n${parts.join(',\n')}\n  },\n  "complete": ${JSON.stringify(complete)}\n}`;
  const code = (text: string): string => `\`${text}\``;
  const keys = pageKeys(type).map(
    ({ key, required, about }) => `| ${code(key)} | ${required ? 'yes' : ''} | ${about} |\n`,
  );
  return [
    `### ${code(type)}: ${meaningOf('page.type', type) ?? ''}\n\n`,
    `| call | answer |\n| --- | --- |\n`,
    ...calls.map(([request, answer]) => `| ${code(request)} | ${code(answer)} |\n`),
    `\n\`\`\`json\n${json}\n\`\`\`\n\n${note}\n\n`,
    `| key | needed | what it says |\n| --- | --- | --- |\n${keys.join('')}\n`,
  ].join('');
}

/** Without what the formatter of the page decides. */
const plain = (text: string): string => text.replace(/-{3,}/g, '---').replace(/\s+/g, '');

test('docs/connectors/writing.md prints an example and every key of each kind of paging (ROLLCALL_RECORD=1 writes it)', () => {
  const examples = PAGE_TYPES.map(printed).join('');
  const expected = (page: string): string =>
    page.replace(PRINTED, (_, head: string, tail: string) => `${head}\n${examples}${tail}`);
  if (process.env['ROLLCALL_RECORD'] === '1') {
    writeFileSync(FILE, expected(readFileSync(FILE, 'utf8')));
    execFileSync(process.execPath, [require.resolve('prettier/bin/prettier.cjs'), '--write', FILE]);
  }
  const page = readFileSync(FILE, 'utf8');

  expect(plain(page)).toBe(plain(expected(page)));
  for (const type of PAGE_TYPES) {
    for (const { key, about } of pageKeys(type)) expect(`${key}: ${about}`).toMatch(/: .{10}/);
  }
});

test('every example of the page is valid', () => {
  const page = readFileSync(FILE, 'utf8');
  const examples = [...page.matchAll(/```json\n([^]*?)```/g)].map(
    ([, text = '']) => JSON.parse(text) as object,
  );

  expect(examples.length).toBeGreaterThan(PAGE_TYPES.length);
  for (const example of examples) {
    const full = EXAMPLE.reads.full.map((read) => ({ ...read, ...example }));
    const file = 'id' in example ? example : { ...EXAMPLE, reads: { ...EXAMPLE.reads, full } };
    expect({ example, checked: validateConnector(file) }).toMatchObject({ checked: { ok: true } });
  }
});

/** Every way to leave out one key of a value, or to put something else in its place. */
function* spoiled(value: unknown): Generator {
  for (const other of [null, 7, 'x', [], {}]) yield other;
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const [first] = value as readonly unknown[];
    for (const part of spoiled(first)) yield [part];
    return;
  }
  for (const [key, held] of Object.entries(value)) {
    yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    for (const part of spoiled(held)) yield { ...value, [key]: part };
  }
}

test.each(PAGE_TYPES)(
  'a file of %s with a mistake is never answered by "Invalid input"',
  (type) => {
    const { reads } = exampleFor(type);
    const [read] = reads.full;

    const faults = [...spoiled(read)].flatMap((bad) => {
      const checked = validateConnector({ ...EXAMPLE, reads: { full: [bad] } });
      return checked.ok ? [] : checked.faults;
    });

    expect(faults.length).toBeGreaterThan(50);
    expect(faults.filter(({ message, next }) => /Invalid/.test(message + next))).toEqual([]);
    const bare = faults.filter(
      ({ code, message }) => code === 'bad_form' && / is missing\.$/.test(message),
    );
    expect(bare).toEqual([]);
  },
);

test('a form inside one of several is judged by its own keys', () => {
  const checked = validateConnector({
    ...EXAMPLE,
    deletion: { absence: { needs: 'completeFull' } },
  });

  expect(checked).toMatchObject({
    ok: false,
    faults: [
      {
        path: '/deletion/absence/times',
        message: 'absence.times is missing: how many complete reads in a row, usually 2.',
      },
    ],
  });
});
