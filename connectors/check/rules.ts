import type { Connector } from '../declaration/schema';
import type { Scenario } from './scenarios';

/** A rule of a declaration, by its path, and how to change it. */
export interface Rule {
  readonly place: string;
  readonly next: string;
}

/** The rule that let people get lost in a scenario. */
export function ruleToChange(connector: Connector, { mischief }: Scenario): Rule {
  const kind = mischief[0]?.kind;
  const { full } = connector.reads;
  const open = full.findIndex(
    ({ page }) => (page.type === 'offset' || page.type === 'page') && page.anchor !== true,
  );
  if (kind === 'moved_row' && open >= 0) {
    const place = `/reads/full/${String(open)}/page/anchor`;
    return { place, next: 'Say "anchor": true, with a size: rows that move are noticed then.' };
  }
  const ends = (connector.errors ?? []).findIndex(
    ({ then }) => then === 'endOfList' || then === 'emptyOk',
  );
  const error = kind !== undefined && !['truncated_page', 'empty', 'moved_row'].includes(kind);
  if (error && ends >= 0) {
    const next = 'Let the rule name the end of the list alone, by bodyPath and equals.';
    return { place: `/errors/${String(ends)}`, next };
  }
  const weak = full.findIndex(({ complete: { by } }) => by === 'endSignal');
  const place = `/reads/full/${String(Math.max(weak, 0))}/complete`;
  if (full[Math.max(weak, 0)]?.complete.total !== undefined) {
    return { place: `${place}/by`, next: 'Say "by": "both": the total is compared then.' };
  }
  const next =
    'Name the total, if the system tells one ("by": "both", "total": …); else give "minRatioOfLast": 0.9.';
  return { place, next };
}
