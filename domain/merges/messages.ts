import type { MeantUser } from '../runs/meantUser';

/** A user of a pair as a row names it. */
interface PairRef {
  readonly ref: string;
  readonly side: 'survivor' | 'redundant';
}

/** The facts of messages about pairs of users that are not merged. */
export interface MergeFacts {
  /** `ref`: the user as named, who is to be the survivor or the redundant one. */
  readonly merge_user_unknown: PairRef;
  readonly merge_user_unclear: PairRef;
  readonly same_person: { readonly users: readonly MeantUser[] };
  /** `users`: whom the survivor was merged into. */
  readonly merged_elsewhere: { readonly users: readonly MeantUser[] };
  readonly merge_cycle: { readonly other: number };
  /** `users`: who is to be absorbed twice. */
  readonly two_survivors: { readonly other: number; readonly users: readonly MeantUser[] };
  /** `users`: the survivor and the redundant one, here and in the next ones. */
  readonly status_differs: { readonly users: readonly MeantUser[] };
  readonly too_many_enrollments: { readonly enrollments: number; readonly most: number };
  /** `admin`: the name of the admin who is the redundant user. */
  readonly linked_admin: { readonly users: readonly MeantUser[]; readonly admin: string };
  /** `take`: the choices, `field=side` each. */
  readonly changed_since_shown: {
    readonly users: readonly MeantUser[];
    readonly take?: readonly string[];
  };
  readonly merge_changed_since: { readonly users: readonly MeantUser[] };
  /** `by`: the admin who said so; `null`: nobody that is known. `on`: the day. */
  readonly merge_of_different: {
    readonly users: readonly MeantUser[];
    readonly by: string | null;
    readonly on: string;
  };
  readonly merge_last_owner: { readonly users: readonly MeantUser[] };
}
