import type { Access } from '../../domain/access';
import type { MergeDocument, MergedUser, MergeView } from '../../domain/merges/mergeView';
import type {
  FieldRule,
  MergePreview,
  PreviewField,
  PreviewOutcome,
  ShownMerge,
} from '../../domain/merges/preview';
import type { OutcomeRule } from '../../domain/merges/rules';
import { printable } from '../../domain/shown';
import { nameOf, type UserView } from '../../domain/users/userView';
import { count, pairs, table, type Cell, minute } from '../output';
import { ACCESS_WORDS, shown } from './user';

const FIELD_RULES: Readonly<Record<FieldRule, string>> = {
  survivor: "survivor's stays",
  filled: 'survivor has none',
  chosen: 'chosen (--take)',
  follows: 'follows the e-mail',
  own_account: 'nobody is their own manager',
};

const OUTCOME_RULES: Readonly<Record<OutcomeRule, string>> = {
  only: 'moves',
  chosen: 'chosen (--take)',
  status: 'better status',
  score: 'higher score',
  completion: 'earlier completion',
  survivor: "alike: survivor's stays",
};

/** What a merge would do, for people: both side by side, and who wins what. */
export function previewText({ merge, outdated }: ShownMerge): string {
  const { survivor, redundant } = merge;
  return [
    `${whoIs(redundant)} is merged into ${whoIs(survivor)}:\n\n`,
    fieldsText(merge),
    enrollmentsText(merge),
    creditsText(merge),
    identitiesText(merge),
    absorbedText(merge),
    accessText(merge),
    differentText(merge),
    outdated
      ? 'One of the two changed since this plan was made: look again before you merge.\n'
      : '',
    '\n',
  ].join('');
}

function whoIs(user: UserView): string {
  const name = nameOf(user);
  const key = user.code ?? user.login ?? user.email ?? user.id;
  return printable(key === name ? name : `${name} (${key})`);
}

function fieldsText({ fields, sameFields, setByHand }: MergePreview): string {
  const same = `${count(sameFields)} ${sameFields === 1 ? 'field is' : 'fields are'} the same in both.\n`;
  if (fields.length === 0) return same;
  const row = ({ field, survivor, redundant, result, rule, changes }: PreviewField): Cell[] => [
    changes ? '~' : '',
    field,
    shown(survivor),
    shown(redundant),
    shown(result),
    FIELD_RULES[rule],
  ];
  const hand = setByHand.length === 0 ? '' : `set by hand from then on: ${setByHand.join(', ')}\n`;
  return `${table(['', 'field', 'survivor', 'redundant', 'afterwards', 'because'], fields.map(row))}${same}${hand}`;
}

function enrollmentsText({ enrollments, otherEnrollments }: MergePreview): string {
  if (enrollments.length === 0) return '';
  const rows = enrollments.map(({ course, survivor, redundant, from, rule }): Cell[] => [
    from === 'redundant' ? '~' : '',
    course,
    outcomeText(survivor),
    outcomeText(redundant),
    outcomeText(from === 'redundant' ? redundant : survivor),
    OUTCOME_RULES[rule],
  ]);
  const others =
    otherEnrollments === 0
      ? ''
      : `${count(otherEnrollments)} other ${otherEnrollments === 1 ? 'course' : 'courses'} of the survivor ${otherEnrollments === 1 ? 'stays' : 'stay'} as ${otherEnrollments === 1 ? 'it is' : 'they are'}.\n`;
  return `\n${table(['', 'course', 'survivor', 'redundant', 'afterwards', 'because'], rows)}${others}`;
}

function outcomeText(outcome: PreviewOutcome | null): string {
  if (outcome === null) return '-';
  const { status, progress, score, completedAt } = outcome;
  return [
    status.replaceAll('_', ' '),
    ...(completedAt === null ? [] : [completedAt]),
    ...(score === null ? [] : [`score ${String(score)}`]),
    ...(progress === null || status === 'completed' ? [] : [`${String(progress)} %`]),
  ].join(', ');
}

function creditsText({ credits }: MergePreview): string {
  if (credits.length === 0) return '';
  const rows = credits.map(({ title, provider, credits: points, earnedOn, becomes }): Cell[] => [
    title,
    provider,
    points,
    earnedOn,
    becomes === 'moves' ? 'moves to the survivor' : 'kept once: the survivor has the same',
  ]);
  return `\n${table(['credit', 'provider', 'credits', 'earned', 'what becomes of it'], rows)}`;
}

function identitiesText({ identities }: MergePreview): string {
  if (identities.length === 0) return '';
  const rows = identities.map(({ source, externalId, from, speaks }): Cell[] => [
    source,
    externalId,
    from,
    speaks ? 'decides from now on' : 'only finds the person',
  ]);
  return `\n${table(['source', 'number', 'of', 'afterwards'], rows)}`;
}

function absorbedText({ absorbedEarlier }: MergePreview): string {
  if (absorbedEarlier.length === 0) return '';
  const names = absorbedEarlier.map(
    ({ code, name, id, by }) =>
      `${name ?? code ?? id}${name === null || code === null ? '' : ` (${code})`}, by the ${by}`,
  );
  return `\nabsorbed earlier: ${printable(names.join('; '))}\n`;
}

function accessText({ access, survivor, redundant }: MergePreview): string {
  const can = (one: Access): string => ACCESS_WORDS[one.reason];
  return `\n${pairs([
    [`can sign in now: ${whoIs(survivor)}`, can(access.survivor)],
    [`can sign in now: ${whoIs(redundant)}`, can(access.redundant)],
    [`can sign in afterwards: ${whoIs(survivor)}`, can(access.after)],
  ])}`;
}

function differentText({ different }: MergePreview): string {
  if (different === null) return '';
  const by = different.by === null ? '' : ` by ${printable(different.by)}`;
  return `\nThese two were recorded as different people on ${different.at.slice(0, 10)}${by} (dismissed as duplicates, or unmerged): look twice before you merge them.\n`;
}

/** A list of merges for people. */
export function mergesText(merges: readonly MergeView[]): string {
  if (merges.length === 0) return 'No merges.\n';
  return table(
    ['merge', 'when (UTC)', 'absorbed', 'into', 'by', 'state', 'until'],
    merges.map((merge) => [
      merge.mergeId,
      minute(merge.mergedAt),
      named(merge.absorbed),
      named(merge.survivor),
      merge.by,
      merge.state,
      merge.state === 'merged' ? (merge.unmergeUntil?.slice(0, 10) ?? null) : null,
    ]),
  );
}

/** Which of two users stayed, for people. */
export function mergedText(o: Pick<MergeView, 'survivor' | 'absorbed'>): string {
  return `${printable(`${named(o.absorbed)} was merged into ${named(o.survivor)}, who stays.`)}\n`;
}

function named({ name, code, id }: MergedUser): string {
  if (name === null) return code ?? id;
  return code === null ? name : `${name} (${code})`;
}

const STATES = {
  merged: 'merged; can be unmerged',
  final: 'merged; cannot be unmerged any more',
  unmerged: 'unmerged',
} as const;

/** A merge for people: what it changed, and how it is taken back. */
export function mergeText(merge: MergeDocument): string {
  const changed = Object.entries(merge.fields);
  return [
    pairs([
      ['merge', merge.mergeId],
      ['absorbed', named(merge.absorbed)],
      ['into', named(merge.survivor)],
      ['when (UTC)', minute(merge.mergedAt)],
      ['by', merge.by],
      ['reason', merge.reason],
      ['run', merge.runId],
      ['chosen', choicesText(merge)],
      ['state', STATES[merge.state]],
      ...(merge.state === 'merged'
        ? [['until', merge.unmergeUntil?.slice(0, 10) ?? null] satisfies [string, Cell]]
        : []),
      ...(merge.unmergedAt === null
        ? []
        : [
            [
              'unmerged (UTC)',
              `${minute(merge.unmergedAt)} by ${merge.unmergedBy ?? '-'}`,
            ] satisfies [string, Cell],
          ]),
    ]),
    changed.length === 0
      ? ''
      : `\n${table(
          ['field', 'before', 'afterwards'],
          changed.map(([field, [before, after]]) => [field, shown(before), shown(after)]),
        )}`,
    merge.work.length === 0
      ? ''
      : `\n${table(
          ['what', 'became', 'rows'],
          merge.work.map(({ what, change, rows }) => [what, change, rows]),
        )}`,
  ].join('');
}

function choicesText({ choices }: MergeView): string | null {
  const texts = Object.entries(choices).map(([name, side]) => `${name}=${side}`);
  return texts.length === 0 ? null : texts.join(', ');
}
