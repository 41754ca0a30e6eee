import type { Played } from './case';

const HEAD = ['case', 'given', 'must come', 'came', 'exit', 'ok'];

/** The lines that were played, as a Markdown table. */
export function caseTable(played: readonly Played[]): string {
  const lines = played.map(({ kind, given, must, came, exit, ok }) =>
    row([kind, given, must, ok && came === must ? 'the same' : came, exit, ok ? 'ok' : 'FAILED']),
  );
  return [row(HEAD), row(HEAD.map(() => '---')), ...lines].join('\n');
}

/** One line for each kind: how many of its lines are right. */
export function kindTable(played: readonly Played[]): string {
  const kinds = [...new Set(played.map(({ kind }) => kind))];
  const lines = kinds.map((kind) => {
    const all = played.filter((line) => line.kind === kind);
    const right = all.filter(({ ok }) => ok).length;
    return row([kind, String(all.length), String(right), right === all.length ? 'ok' : 'FAILED']);
  });
  return [row(['case', 'lines', 'right', 'ok']), row(['---', '--:', '--:', '---']), ...lines].join(
    '\n',
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
