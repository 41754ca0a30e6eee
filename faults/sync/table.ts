import type { RunResult } from './oneRun';
import { said, TROUBLES, type Trouble } from './vendors';

// prettier-ignore
const HEAD = ['what the vendor does', 'runs', 'equal at once', 'held', 'failed with the reason', 'caught up later', 'wrongly deactivated', 'wrong end state'];

/**
 * The campaign as a Markdown table, one line a trouble; runs with two troubles have a line of their own.
 */
export function syncTable(results: readonly RunResult[]): string {
  const single = (trouble: Trouble): RunResult[] =>
    results.filter(({ troubles }) => troubles.length === 1 && troubles[0] === trouble);
  const lines = TROUBLES.map((trouble) => line(said(trouble), single(trouble)));
  const both = line(
    'two of these at once',
    results.filter(({ troubles }) => troubles.length > 1),
  );
  const all = line('all', results);
  return [
    row(HEAD),
    row(['---', ...HEAD.slice(1).map(() => '--:')]),
    ...[...lines, both, all].filter((cells) => cells[1] !== '0').map(row),
  ].join('\n');
}

function line(title: string, runs: readonly RunResult[]): string[] {
  const ended = (end: RunResult['end']): string =>
    String(runs.filter((run) => run.end === end).length);
  return [
    title,
    String(runs.length),
    ended('equal'),
    ended('held'),
    ended('failed'),
    ended('behind'),
    String(runs.reduce((sum, { wronglyDeactivated }) => sum + wronglyDeactivated, 0)),
    String(runs.filter(({ wrong }) => wrong.length > 0).length),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
