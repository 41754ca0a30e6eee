import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Tables whose name stands in a list, not in the statement. */
const NAMED_ELSEWHERE = ['inactive_here', 'elsewhere'];

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('generated'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('docs/planner.md lists every temporary table of the store, and no other', () => {
  const made = sources(join(ROOT, 'store')).flatMap((text) =>
    [...text.matchAll(/create temp(?:orary)? table (?:if not exists )?([a-z_]+)/g)].map(
      ([, name = '']) => name,
    ),
  );
  const page = readFileSync(join(ROOT, 'docs/planner.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, name = '']) => name);

  expect(listed.sort()).toEqual([...new Set([...made, ...NAMED_ELSEWHERE])].sort());
});

test('a table whose name the page takes from a list stands in that list', () => {
  const text = readFileSync(join(ROOT, 'store/plan/elsewhere.ts'), 'utf8');

  for (const name of NAMED_ELSEWHERE) expect(text).toContain(`['${name}', `);
});
