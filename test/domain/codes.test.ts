import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXITS } from '../../domain/exits';
import { FAULT_CODES } from '../../domain/faultCodes';
import { FAULTS } from '../../domain/faults';

const ROOT = join(__dirname, '../..');
const PAGE = join(ROOT, 'docs/codes.md');

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function page(): string {
  const kinds = Object.entries(FAULTS).map(
    ([kind, { exit }]) => `| ${kind.padEnd(12)} | ${String(exit).padEnd(9)} |`,
  );
  return [
    '# Codes of faults',
    '',
    'What Rollcall refuses is a fault of a kind, with a code. `error.code` under `--json` and `code` of the',
    'errors that the library throws hold the code. A code stays; the sentence beside it may change.',
    '',
    'This page is printed from `domain/faults.ts` and `domain/faultCodes.ts` by',
    '`ROLLCALL_RECORD=1 npx jest test/domain/codes`.',
    '',
    '## Kinds, and the exit code that each ends a command with',
    '',
    '| kind         | exit code |',
    '| ------------ | --------- |',
    ...kinds,
    '',
    '## Codes',
    '',
    ...FAULT_CODES.map((code) => `- \`${code}\``),
    '',
  ].join('\n');
}

it('prints the page of codes from the list (ROLLCALL_RECORD=1 writes it)', () => {
  if (process.env['ROLLCALL_RECORD'] === '1') writeFileSync(PAGE, page());

  expect(readFileSync(PAGE, 'utf8')).toBe(page());
});

it('has the exit codes of the README', () => {
  const [, rows = ''] = /^\| exit code .*\n\|[ -|]+\n((?:\|.*\n)+)/m.exec(read('README.md')) ?? [];
  const table = [...rows.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, means]) => [
    Number(code),
    means,
  ]);

  expect(table).toEqual(Object.values(EXITS).map(({ code, means }) => [code, means]));
});
