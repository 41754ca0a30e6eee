import type { MergedUser } from '../../domain/merges/mergeView';
import type { UnmergeView } from '../../domain/merges/unmergeView';
import { printable } from '../../domain/shown';
import { table } from '../output';
import { shown } from './user';

type Changes = UnmergeView['changes']['survivor'];

/** What an unmerge would do, for people: both people, what comes back, and what stays. */
export function unmergeText({ survivor, absorbed, changes, kept }: UnmergeView): string {
  return [
    `${whoIs(absorbed)} is taken out of ${whoIs(survivor)}, and is a user of their own again:\n`,
    sideText(whoIs(survivor), changes.survivor, 'afterwards'),
    sideText(whoIs(absorbed), changes.absorbed, 'afterwards'),
    sideText(`${whoIs(survivor)}: changed since the merge, and stays`, kept.survivor, 'before'),
    sideText(`${whoIs(absorbed)}: cannot come back`, kept.absorbed, 'before'),
    '\n',
  ].join('');
}

function whoIs({ name, code, id }: MergedUser): string {
  if (name === null) return printable(code ?? id);
  return printable(code === null ? name : `${name} (${code})`);
}

/** Who absorbed the user is said above, and `sticky` follows from the fields that are shown. */
const SAID = new Set(['mergedInto', 'sticky']);

function sideText(title: string, changes: Changes, column: string): string {
  const rows = Object.entries(changes).filter(([field]) => !SAID.has(field));
  if (rows.length === 0) return '';
  return `\n${title}\n${table(
    ['field', 'now', column],
    rows.map(([field, [now, then]]) => [field, shown(now), shown(then)]),
  )}`;
}
