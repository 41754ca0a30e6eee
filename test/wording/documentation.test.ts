import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { USER_PATHS } from '../../domain/letters/person/letterPaths';
import { ROW_FAULT_CODES } from '../../domain/files/rowFaults';
import { MESSAGE_CODES } from '../../domain/runs/messageCodes';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'messages.md'), 'utf8');

/** The rows of the table in the section of the page whose title names this file. */
function table(file: string): [string, string][] {
  const section = PAGE.split('\n## ').find((part) => part.includes(file)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` *\| (.*?) *\|$/gm)].map(([, code = '', what = '']) => [
    code,
    what,
  ]);
}

test.each([
  ['domain/runs/messageCodes.ts', MESSAGE_CODES],
  ['domain/files/rowFaults.ts', ROW_FAULT_CODES],
])('the page of messages has every code of %s', (file, codes) => {
  const shown = Object.entries(codes).map(([code, what]) => [code, what.replace(/<\w+>/g, '`$&`')]);

  expect(table(file)).toEqual(shown);
});

test('README.md names what a letter can say of a person', () => {
  const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
  const [, named = ''] = /It can say `user\.`(.*?) and `properties\.KEY`/.exec(readme) ?? [];

  expect([...named.matchAll(/`(\w+)`/g)].map(([, path]) => path)).toEqual(Object.keys(USER_PATHS));
});

test('pages of the package link to pages of the package', () => {
  const root = join(__dirname, '..', '..');
  const { files }: { files: string[] } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const pages = files.filter((file) => file.startsWith('docs/') && file.endsWith('.md'));
  const links = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([\w/.-]+\.md)\)/g)].map(
      ([, to = '']) => join(dirname(page), to),
    ),
  );

  expect(links.filter((to) => !files.some((file) => to.startsWith(file)))).toEqual([]);
  expect(links).toContain('docs/letters.md');
});
