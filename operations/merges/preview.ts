import { accessOf } from '../../domain/access';
import type {
  FieldRule,
  MergePreview,
  PreviewField,
  ShownMerge,
} from '../../domain/merges/preview';
import type { Take } from '../../domain/merges/take';
import { compareFields, USER_FIELD_NAMES } from '../../domain/users/fields';
import { fieldValue, type UserView } from '../../domain/users/userView';
import { courseCodes } from '../../store/merges/pairs';
import { pairRecords, plannedMerge, type PlannedMerge } from '../../store/merges/shown';
import { courseOf, coursesTaken } from '../../domain/merges/take';
import type { OperationContext } from '../context';
import { reachedRun } from '../runs/runReach';
import { scopeFor } from '../users/userScope';
import { existing } from '../users/users';

/**
 * What the one merge of a run would do, by its plan: both people, who wins what and by which rule, and who can
 * sign in. `null`: the run plans no merge, or several, or it is applied. Faults: `forbidden`, `not_found`.
 */
export async function previewMerge(
  context: OperationContext,
  prefix: string,
): Promise<ShownMerge | null> {
  await scopeFor(context, 'users.merge');
  const run = await reachedRun(context, 'runs.read', prefix);
  if (run.subject !== 'merges' || run.appliedAt !== null) return null;
  const planned = await plannedMerge(context.db.pool, run.id);
  if (planned === null) return null;
  const [survivor, redundant] = [
    await existing(context, planned.survivorId),
    await existing(context, planned.absorbedId),
  ];
  const records = await pairRecords(context.db.pool, planned);
  const fields = fieldsOf(planned, { survivor, redundant });
  const { enrollments, ...others } = records;
  const merge: MergePreview = {
    survivor,
    redundant,
    ...fields,
    enrollments: enrollments.map(({ takes, ...one }) => ({
      ...one,
      from: takes || one.survivor === null ? 'redundant' : 'survivor',
    })),
    ...others,
    access: {
      survivor: accessOf(survivor),
      redundant: accessOf(redundant),
      after: accessOf({
        ...('status' in planned.changes
          ? { status: redundant.status, deactivatedReason: redundant.deactivatedReason }
          : { status: survivor.status, deactivatedReason: survivor.deactivatedReason }),
        mergedIntoId: null,
      }),
    },
  };
  return {
    mergeId: planned.mergeId,
    merge,
    shown: planned.shown,
    outdated: planned.now !== planned.shown,
    take: await typed(context, planned.take),
  };
}

/** The choices as they are typed, courses by their codes. */
async function typed(context: OperationContext, take: Take): Promise<string[]> {
  const codes = await courseCodes(context.db.pool, coursesTaken(take));
  return Object.entries(take).map(([name, side]) => {
    const course = courseOf(name);
    return `${course === undefined ? name : `course:${codes.get(course) ?? course}`}=${side}`;
  });
}

interface Two {
  readonly survivor: UserView;
  readonly redundant: UserView;
}

function fieldsOf(
  planned: PlannedMerge,
  two: Two,
): Pick<MergePreview, 'fields' | 'sameFields' | 'setByHand'> {
  const { changes } = planned;
  const names = [
    ...USER_FIELD_NAMES,
    ...new Set(
      [two.survivor, two.redundant].flatMap(({ properties }) =>
        Object.keys(properties).map((key) => `properties.${key}`),
      ),
    ),
  ].sort(compareFields);
  const all = names.map((field) => fieldOf(field, planned, two));
  const fields = all.filter(
    ({ changes: changed, survivor, redundant }) => changed || survivor !== redundant,
  );
  const [before, after] = changes['sticky'] ?? [[], []];
  return {
    fields,
    sameFields: all.length - fields.length,
    setByHand: textsOf(after).filter((field) => !textsOf(before).includes(field)),
  };
}

function fieldOf(field: string, { changes, take }: PlannedMerge, two: Two): PreviewField {
  const [survivor, redundant] = [valueOf(two.survivor, field), valueOf(two.redundant, field)];
  const change = changes[field];
  if (change === undefined) {
    return { field, survivor, redundant, result: survivor, rule: 'survivor', changes: false };
  }
  const result = change[1] === null ? null : redundant;
  return {
    field,
    survivor,
    redundant,
    result,
    rule: ruleOf(field, { take, change }),
    changes: true,
  };
}

/** Why a field changes. */
function ruleOf(
  field: string,
  o: { readonly take: Take; readonly change: readonly [unknown, unknown] },
): FieldRule {
  const [before, after] = o.change;
  if (o.take[field] === 'redundant') return 'chosen';
  if (field === 'manager' && after === null) return 'own_account';
  return before === null ? 'filled' : 'follows';
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A manager without a code is known by the id. */
function valueOf(user: UserView, field: string): unknown {
  const value = fieldValue(user, field);
  return field === 'manager' ? (value ?? user.managerId) : value;
}
