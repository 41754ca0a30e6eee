import { FAULTS } from './faultKinds';
import { median } from './chance';
import { EXTRAS } from './together';
import type { CampaignResult, TrialResult } from './campaign';

const HEAD = ['fault', 'trials', 'lost', 'doubled', 'wrong end state', 'median extra time'];

/** The campaign as a Markdown table, one line a fault. */
export function tableOf({ results, extras }: CampaignResult): string {
  const kinds = [...new Set(results.map(({ kind }) => kind))];
  const lines = kinds.map((kind) =>
    line(
      FAULTS[kind].title,
      results.filter((r) => r.kind === kind),
    ),
  );
  const others = extras.map(({ kind, trials, bad }) => [
    EXTRAS[kind].title,
    String(trials),
    bad === 0 ? '0' : '?',
    bad === 0 ? '0' : '?',
    String(bad),
    '',
  ]);
  return [
    row(HEAD),
    row(['---', '--:', '--:', '--:', '--:', '--:']),
    ...[...lines, ...others].map(row),
    '',
    ...(results.length === 0 ? [] : [`Struck while: ${phases(results)}.`]),
  ].join('\n');
}

function line(title: string, trials: readonly TrialResult[]): string[] {
  const sum = (of: (t: TrialResult) => number): string =>
    String(trials.reduce((total, trial) => total + of(trial), 0));
  const seconds = median(trials.map(({ extraMs }) => extraMs)) / 1000;
  return [
    title,
    String(trials.length),
    sum(({ lost }) => lost),
    sum(({ doubled }) => doubled),
    sum(({ wrong }) => (wrong.length > 0 ? 1 : 0)),
    `${Math.max(seconds, 0).toFixed(1)} s`,
  ];
}

function phases(results: readonly TrialResult[]): string {
  const count = new Map<string, number>();
  for (const { struck } of results) count.set(struck, (count.get(struck) ?? 0) + 1);
  return [...count].map(([what, n]) => `${what} ${String(n)}`).join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
