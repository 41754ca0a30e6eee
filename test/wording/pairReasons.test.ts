import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCK_NAMES, BLOCKS } from '../../domain/duplicates/blocks';
import { PAIR_REASONS } from '../../domain/duplicates/reasons';
import { pairReasonText } from '../../wording/pairReasons';

const PAGE = join(__dirname, '../../docs/duplicates.md');

function printed(page: string): string {
  const blocks = Object.entries(BLOCKS).map(([block, what]) => `- \`${block}\`: ${what}`);
  const reasons = Object.entries(PAIR_REASONS).map(
    ([code, { speaks, means }]) => `- \`${code}\` (${speaks}): ${means}`,
  );
  return page
    .replace(/<!-- blocks -->[^]*?(?=\n\nIf )/, `<!-- blocks -->\n\n${blocks.join('\n')}`)
    .replace(/<!-- reasons -->[^]*?(?=\n\n## )/, `<!-- reasons -->\n\n${reasons.join('\n')}`);
}

test('docs/duplicates.md has every block and reason (ROLLCALL_RECORD=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const expected = printed(page);
  if (process.env['ROLLCALL_RECORD'] === '1') writeFileSync(PAGE, expected);

  expect(readFileSync(PAGE, 'utf8')).toBe(expected);
});

test('numbers every block', () => {
  expect([...BLOCK_NAMES].sort()).toEqual(Object.keys(BLOCKS).sort());
});

test('words every reason, and shows the code of an unknown one', () => {
  const words = Object.keys(PAIR_REASONS).map(pairReasonText);

  expect(new Set(words).size).toBe(words.length);
  expect(pairReasonText('of_a_newer_build')).toBe('of_a_newer_build');
});
