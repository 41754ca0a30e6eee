import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TROUBLES } from '../../domain/troubles';
import { wordNext } from '../../wording/next';

const PAGE = join(__dirname, '../../docs/database.md');
const [BEGIN, END] = ['<!-- printed by', '<!-- end -->'];

function table(): string {
  const rows = TROUBLES.map(({ states, code, kind, says, next }) => [
    states.map((state) => (state.length === 2 ? `${state}xxx` : state)).join(', '),
    `\`${code}\``,
    `${says}.`,
    kind === 'unavailable' ? 'yes' : 'no',
    wordNext(next),
  ]);
  const head = ['SQLSTATE', 'code', 'what it says', 'tried again', 'next'];
  const width = head.map((title, n) =>
    Math.max(...[head, ...rows].map((row) => row[n]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, n) => cell.padEnd(width[n] ?? 0)).join(' | ')} |`;
  const rule = `| ${width.map((n) => '-'.repeat(n)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

it('prints the table of troubles into the page of the database (ROLLCALL_RECORD=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf('\n', page.indexOf(BEGIN)) + 1;
  const wanted = `${page.slice(0, from)}\n${table()}\n\n${page.slice(page.indexOf(END))}`;
  if (process.env['ROLLCALL_RECORD'] === '1') writeFileSync(PAGE, wanted);

  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);
});
