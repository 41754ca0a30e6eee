import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DELIVERY_REASONS } from '../../domain/letters/deliveryReasons';
import { DELIVERY_STATES } from '../../domain/letters/deliveries';

const PAGE = join(__dirname, '../../docs/letters.md');

/** A table as Prettier writes it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [head = [], ...others] = rows.map(line);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [head, rule, ...others].join('\n');
}

test('docs/letters.md has every reason of a delivery (ROLLCALL_RECORD=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const rows = Object.entries(DELIVERY_REASONS).map(([reason, { states, means }]) => [
    `\`${reason}\``,
    states.map((state) => `\`${state}\``).join(', '),
    means,
  ]);
  const printed = table([['reason', 'state', 'meaning'], ...rows]);
  const expected = page.replace(
    /<!-- reasons -->[^]*?(?=\n\nWhat is the server)/,
    () => `<!-- reasons -->\n\n${printed}`,
  );
  if (process.env['ROLLCALL_RECORD'] === '1') writeFileSync(PAGE, expected);

  expect(readFileSync(PAGE, 'utf8')).toBe(expected);
  expect(expected).toContain(printed);
});

test('docs/letters.md has every state of a delivery', () => {
  const page = readFileSync(PAGE, 'utf8');
  const section =
    page.split('\n## ').find((part) => part.startsWith('Outcomes of a delivery')) ?? '';
  const [states = ''] = section.split('<!-- reasons -->');

  expect([...states.matchAll(/^\| `(\w+)`/gm)].map(([, state]) => state)).toEqual(DELIVERY_STATES);
});
