import type { MeantUser } from '../../domain/runs/messages';
import { shellWord } from '../../domain/shown';
import { grouped, meant, quoted, type Words } from './words';

type MergeCode =
  | 'merge_user_unknown'
  | 'merge_user_unclear'
  | 'same_person'
  | 'merged_elsewhere'
  | 'merge_cycle'
  | 'two_survivors'
  | 'status_differs'
  | 'too_many_enrollments'
  | 'linked_admin'
  | 'changed_since_shown'
  | 'merge_changed_since'
  | 'merge_of_different'
  | 'merge_last_owner';

const all = (users: readonly MeantUser[]): string => users.map(meant).join(' and ');
const ids = (users: readonly MeantUser[]): string => users.map(({ id }) => id).join(' ');

/** Why a pair of users is not merged, and what to do. */
export const MERGE_WORDS = {
  merge_user_unknown: ({ ref, side }) =>
    `Nobody has the id, code, login or e-mail ${quoted(ref)}, which is the ${side} user of this pair. ` +
    'To look for the person: rollcall users list --search TEXT --status all',
  merge_user_unclear: ({ ref, side }) =>
    `${quoted(ref)}, the ${side} user of this pair, is a key of several people. ` +
    `Name the user by id: rollcall users list --search ${quoted(ref)}`,
  same_person: ({ users }) =>
    `Both names are one user: ${all(users)}. Name the other user of the pair.`,
  merged_elsewhere: ({ users }) =>
    `The survivor of this pair was merged into the redundant user already: ${all(users)} is the one ` +
    'who stays. To have it the other way round, take that merge back first: ' +
    `rollcall merges list --user ${ids(users)}`,
  merge_cycle: ({ other }) =>
    `The pairs of this file lead round in a circle, with line ${String(other)}. Take one of these lines out.`,
  two_survivors: ({ other, users }) =>
    `${all(users)} would be merged into two users, here and in line ${String(other)}. Leave one of these lines.`,
  status_differs: ({ users }) =>
    `One of these users is active and the other is not: ${all(users)}. Say which status stays: ` +
    `rollcall users merge ${ids(users)} --take status=redundant, or --take status=survivor`,
  too_many_enrollments: ({ enrollments, most }) =>
    `The two users have ${grouped(enrollments)} enrollments together; a merge moves ${grouped(most)} at most.`,
  linked_admin: ({ users, admin }) =>
    `The admin ${quoted(admin)} is linked to the redundant user, who would be closed: ${all(users)}. ` +
    'Link the admin to the survivor first (rollcall admins set --help), or end the link with --user none.',
  changed_since_shown: ({ users, take = [] }) =>
    `This is not what the value of --as-shown stands for: ${all(users)} changed since, or the value is of ` +
    'other users or other choices. Look at the merge as it is now: ' +
    `rollcall users merge ${ids(users)}${take.map((one) => ` --take ${shellWord(one)}`).join('')} --dry-run`,
  merge_changed_since: ({ users }) =>
    `${all(users)} are not as they were when this merge was planned, so they are not merged. ` +
    `Look at it again: rollcall users merge ${ids(users)} --dry-run`,
  merge_of_different: ({ users, by, on }) =>
    `${all(users)} were recorded as different people on ${on}${by === null ? '' : ` by ${by}`} (dismissed as ` +
    'duplicates, or unmerged). The merge does not stop for that. If they are different people, take it back: ' +
    `rollcall merges list --user ${users[0]?.id ?? 'USER'}`,
  merge_last_owner: ({ users }) =>
    `${all(users)} are not merged: the redundant one is the user of the last owner who may act. ` +
    'Link that owner to the survivor first: rollcall admins set OWNER --user ' +
    (users[0]?.id ?? 'USER'),
} satisfies Words<MergeCode>;
