import { BLOCKS } from '../../domain/duplicates/blocks';
import type { DuplicatePair, PairUser, SearchSummary } from '../../domain/duplicates/pair';
import { formatCsvLine } from '../../domain/files/csvCells';
import { pairReasonText } from '../../wording/pairReasons';
import { verbatim } from '../../wording/called';
import { count, table } from '../output';

/** Columns that `merges import` reads, and then what a person needs to decide. */
const COLUMNS = ['survivor', 'redundant', 'score', 'reasons', 'proposed_by'] as const;
const USER_COLUMNS = {
  name: nameOf,
  email: ({ email }: PairUser) => email ?? '',
  status: ({ status }: PairUser) => status,
  organization: ({ organization }: PairUser) => organization ?? '',
  job_title: ({ jobTitle }: PairUser) => jobTitle ?? '',
  phone: ({ phone }: PairUser) => phone ?? '',
  hire_date: ({ hireDate }: PairUser) => hireDate ?? '',
  id: ({ id }: PairUser) => id,
} as const;

const STYLE = { delimiter: ',', mode: 'spreadsheet' } as const;
/** A spreadsheet reads a file as UTF-8 only when it begins with this mark; an import skips it. */
const BOM = '\ufeff';

/** The first line of the file of pairs. */
export function pairsHeader(): string {
  const both = Object.keys(USER_COLUMNS).flatMap((name) => [
    `survivor_${name}`,
    `redundant_${name}`,
  ]);
  return BOM + formatCsvLine([...COLUMNS, ...both], STYLE);
}

export function pairLine({ survivor, redundant, score, reasons, source }: DuplicatePair): string {
  return formatCsvLine(
    [
      keyOf(survivor),
      keyOf(redundant),
      score === null ? '' : String(score),
      reasons.map(pairReasonText).join('; '),
      source ?? '',
      ...Object.values(USER_COLUMNS).flatMap((value) => [value(survivor), value(redundant)]),
    ],
    STYLE,
  );
}

/** The code, unless a spreadsheet could take it for a formula; then the id, which an import reads as well. */
function keyOf({ code, id }: PairUser): string {
  return code !== null && /^[\p{L}\p{N}][\p{L}\p{N}._/-]*$/u.test(code) ? code : id;
}

function nameOf({ firstName, lastName, displayName }: PairUser): string {
  const name = `${firstName ?? ''} ${lastName ?? ''}`.trim();
  return name === '' ? (displayName ?? '') : name;
}

/** The pairs as a list, and what to do with them. */
export function pairsText(pairs: readonly DuplicatePair[], summary: SearchSummary): string {
  if (pairs.length === 0) {
    return `No pairs. ${comparedText(summary)}`;
  }
  const rows = pairs.map(({ survivor, redundant, score, reasons, source }) => [
    score === null ? '–' : String(score),
    shown(survivor),
    shown(redundant),
    `${reasons.map(pairReasonText).join(', ')}${source === null ? '' : ` (${source})`}`,
  ]);
  const [first] = pairs;
  const [keep, other] =
    first === undefined ? ['', ''] : [keyOf(first.survivor), keyOf(first.redundant)];
  const more = summary.pairs - pairs.length;
  return [
    verbatim(table(['score', 'keep', 'redundant', 'why'], rows)),
    more > 0 ? `${count(more)} more: raise --limit, or write all of them with --csv FILE.\n` : '',
    comparedText(summary),
    `\nOne person: rollcall users merge ${keep} ${other} --dry-run\n`,
    `Two people: rollcall duplicates dismiss ${keep} ${other}\n`,
  ].join('');
}

function shown(user: PairUser): string {
  const name = nameOf(user);
  const about = [user.code ?? user.id, ...(user.status === 'active' ? [] : [user.status])].join(
    ', ',
  );
  return name === '' ? about : `${name} (${about})`;
}

/** How many people were compared, and which groups were not. */
export function comparedText({ people, passedOver }: SearchSummary): string {
  const lines = passedOver.map(
    ({ block, groups, people: most }) =>
      `  ${BLOCKS[block]}: ${count(groups)} ${groups === 1 ? 'group' : 'groups'} (up to ${count(most)} people)\n`,
  );
  return [
    `${people === 1 ? '1 person was' : `${count(people)} people were`} compared.\n`,
    lines.length === 0
      ? ''
      : `More than 200 people have these in common, so that alone is no evidence; they were compared only where they have something else in common:\n`,
    ...lines,
  ].join('');
}
