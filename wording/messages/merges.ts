import type { MeantUser } from '../../domain/runs/messages';
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
  changed_since_shown: ({ users }) =>
    `${all(users)} are not as they were when this merge was shown. Look at it again: ` +
    `rollcall users merge ${ids(users)} --dry-run`,
  merge_changed_since: ({ users }) =>
    `${all(users)} are not as they were when this merge was planned, so they are not merged. ` +
    `Look at it again: rollcall users merge ${ids(users)} --dry-run`,
  merge_last_owner: ({ users }) =>
    `${all(users)} are not merged: the redundant one is the user of the last owner who may act. ` +
    'Link that owner to the survivor first: rollcall admins set OWNER --user ' +
    (users[0]?.id ?? 'USER'),
} satisfies Words<MergeCode>;
