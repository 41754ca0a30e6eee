import { OUTCOME_COLUMNS } from '../../domain/merges/rules';
import { USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';
import type { BatchRange } from '../apply/batch';
import type { Tx } from '../database/db';
import { sqlArray } from '../database/sqlList';
import { BESIDE } from '../users/fieldValue';
import { KEY_COLUMNS, patches, sameColumns } from './fields';
import { mergeLetters } from './letters';
import { recordImages } from './record';
import { creditOutcomes, enrollmentOutcomes, voices } from './records';

/**
 * Merges the pairs of `merge_batch` without a problem (`entries`: only these), whose users are locked. Leaves
 * `merging` (the pairs with what is written into their users) only until it returns.
 */
export async function mergePairs(
  tx: Tx,
  o: { readonly range: BatchRange; readonly entries: readonly number[] | null },
): Promise<void> {
  await tx.query(MERGING(o.entries));
  await tx.query('analyze merging (merge_id, entry, survivor, absorbed)');
  await tx.query([RECORDS, CREDITS, VOICES, POINTERS].join('; '));
  await tx.query(
    'analyze merging_enrollment (id, survivor_row), merging_credit (id, twin), merging_voice (source_id, external_id)',
  );
  await tx.query(MERGES(o.range), [o.range.by.actorId]);
  await tx.query([ALLOWED('on'), ...USERS, FOLLOW, ALLOWED('off')].join('; '));
  await tx.query([MOVE_VOICE, ...ENROLLMENTS, ...CREDIT_ROWS].join('; '));
  await recordImages(tx);
  await mergeLetters(tx);
  await tx.query(PAIRS, [o.range.by.actorId]);
  await tx.query([EPOCH, KEEP_PATCHES, DROP].join('; '));
}

/** Merged users are written by merges only. */
const ALLOWED = (now: 'on' | 'off'): string =>
  `select set_config('rollcall.merging', '${now}', true)`;

const DROP =
  'drop table merging, merging_enrollment, merging_credit, merging_voice, merging_pointer';

const MERGING = (entries: readonly number[] | null): string => `
  create temp table merging on commit drop as
  select *, ${sameColumns('survivor_patch', 'survivor_row')} as survivor_before,
    ${sameColumns('absorbed_patch', 'absorbed_row')} as absorbed_before
  from (${patches('merge_batch')}) t
  where problem is null ${entries === null ? '' : `and entry in (${entries.join(', ')})`}`;

const RECORDS = `
  create temp table merging_enrollment on commit drop as
  ${enrollmentOutcomes('merging', 'merge_id')}`;

const CREDITS = `
  create temp table merging_credit on commit drop as
  ${creditOutcomes('merging', 'merge_id')}`;

const VOICES = `
  create temp table merging_voice on commit drop as
  ${voices('merging', 'merge_id')}`;

/** Users that the absorbed accounts had absorbed. */
const POINTERS = `
  create temp table merging_pointer on commit drop as
  select m.merge_id, m.survivor, m.absorbed, u.id
  from merging m join "user" u on u.merged_into_id = m.absorbed`;

const MERGES = (o: BatchRange): string => `
  insert into merge (id, survivor_id, absorbed_id, run_id, entry, actor_id, reason, choices, unmerge_until)
  select merge_id, survivor, absorbed, '${o.runId}', entry, $1, reason, take,
    now() + make_interval(days => ${String(o.unmergeDays)})
  from merging`;

/** Columns that a patch can have. */
const COLUMNS = [
  ...USER_FIELD_NAMES.map((field) => USER_FIELDS[field].column),
  ...Object.values(BESIDE),
  'properties',
  'sticky',
  'protected',
  'merged_into_id',
];

/** SQL: writes `patch` (of alias m) into the users that `of` (its column) names. */
function write(of: 'survivor' | 'absorbed', patch: string): string {
  return `
  update "user" u set ${COLUMNS.map((column) => `${column} = n.${column}`).join(', ')},
    version = u.version + 1, updated_at = now()
  from merging m
  join "user" old on old.id = m.${of}
  cross join lateral jsonb_populate_record(old, ${patch}) n
  where u.id = m.${of}`;
}

/**
 * Keys are unique, so they are swapped in three steps, in none of which an active user is without its key: the
 * absorbed user becomes merged and gives its keys up, the survivor takes them, and the absorbed one takes what
 * the survivor gave up.
 */
const USERS = [
  write(
    'absorbed',
    `m.absorbed_patch || (select coalesce(jsonb_object_agg(k, case k when 'login_own' then m.absorbed_patch -> k end), '{}')
      from jsonb_object_keys(m.absorbed_patch) k where k = any (${sqlArray(KEY_COLUMNS)}))`,
  ),
  write('survivor', 'm.survivor_patch'),
  `
  update "user" u set ${KEY_COLUMNS.map((column) => `${column} = n.${column}`).join(', ')}
  from merging m
  join "user" old on old.id = m.absorbed
  cross join lateral jsonb_populate_record(old, m.absorbed_patch) n
  where u.id = m.absorbed and m.absorbed_patch ?| ${sqlArray(KEY_COLUMNS)}`,
];

/** Nobody is merged into a merged user. */
const FOLLOW = `
  update "user" u set merged_into_id = p.survivor, version = u.version + 1, updated_at = now()
  from merging_pointer p where u.id = p.id`;

/** Without its hashes, so that the source's next record is compared in full; what is to come stays. */
const MOVE_VOICE = `
  update identity i set user_id = v.survivor, record_hash = null, mapping_hash = null, user_version = null
  from merging_voice v where i.source_id = v.source_id and i.external_id = v.external_id`;

const ENROLLMENTS = [
  `
  update enrollment e set tombstoned_by = o.merge_id, version = e.version + 1
  from merging_enrollment o where e.id = o.id and o.survivor_row is not null`,
  `
  update enrollment e set ${OUTCOME_COLUMNS.map((column) => `${column} = a.${column}`).join(', ')},
    version = e.version + 1
  from merging_enrollment o join enrollment a on a.id = o.id
  where e.id = o.survivor_row and o.after is not null`,
  `
  update enrollment e set user_id = o.survivor, version = e.version + 1
  from merging_enrollment o where e.id = o.id and o.survivor_row is null`,
];

const CREDIT_ROWS = [
  `
  update external_credit c set tombstoned_by = o.merge_id, version = c.version + 1
  from merging_credit o where c.id = o.id and o.twin is not null`,
  `
  update external_credit c set user_id = o.survivor, version = c.version + 1
  from merging_credit o where c.id = o.id and o.twin is null`,
];

/** Two users that were proposed as one person are settled. */
const PAIRS = `
  update user_pair p set state = 'merged', actor_id = $1, at = now()
  from merging m
  where p.user_a = least(m.survivor, m.absorbed) and p.user_b = greatest(m.survivor, m.absorbed)
    and p.state <> 'merged'`;

/** Rows name managers by code, too: one that changes hands may be named in rows that are otherwise unchanged. */
const EPOCH = `
  update source set epoch = epoch + 1
  where exists (select from merging where survivor_patch ? 'code')`;

/** The audit is written for the batch as a whole. */
const KEEP_PATCHES = `
  update merge_batch b set written = jsonb_build_array(m.survivor_before, m.survivor_patch,
    m.absorbed_before, m.absorbed_patch)
  from merging m where m.entry = b.entry`;
