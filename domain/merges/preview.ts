import type { Access } from '../access';
import type { UserView } from '../users/userView';
import type { OutcomeRule, Side } from './rules';

/**
 * Why a field of the survivor has its value after the merge. `survivor`: its own value stays. `filled`: it had
 * none. `chosen`: by `--take`. `follows`: the login that is the e-mail, which was chosen. `own_account`: the
 * manager was one of the two.
 */
export const FIELD_RULES = ['survivor', 'filled', 'chosen', 'follows', 'own_account'] as const;
export type FieldRule = (typeof FIELD_RULES)[number];

/** A field in which the two users differ, or that the merge changes. */
export interface PreviewField {
  readonly field: string;
  readonly survivor: unknown;
  readonly redundant: unknown;
  readonly result: unknown;
  readonly rule: FieldRule;
  /** True when the survivor gets another value. */
  readonly changes: boolean;
}

/** How far a person is in a course. */
export interface PreviewOutcome {
  readonly status: string;
  readonly progress: number | null;
  readonly score: number | null;
  /** A day. */
  readonly completedAt: string | null;
}

/** A course of the redundant user. */
export interface PreviewEnrollment {
  readonly course: string;
  readonly name: string;
  /** `null`: the survivor is not in this course. */
  readonly survivor: PreviewOutcome | null;
  readonly redundant: PreviewOutcome;
  /** Whose outcome stays; it is taken whole. */
  readonly from: Side;
  readonly rule: OutcomeRule;
}

export interface PreviewCredit {
  readonly title: string;
  readonly provider: string;
  readonly credits: number;
  readonly earnedOn: string;
  /** `double`: the survivor has the same one. */
  readonly becomes: 'moves' | 'double';
}

/** A number by which a source knows one of the two. */
export interface PreviewIdentity {
  readonly source: string;
  readonly externalId: string;
  readonly from: Side;
  /** True: what this source says under this number decides from now on. False: it only finds the person. */
  readonly speaks: boolean;
}

/** An account that one of the two absorbed earlier. */
export interface PreviewAbsorbed {
  readonly id: string;
  readonly code: string | null;
  readonly name: string | null;
  readonly by: Side;
  readonly mergeId: string | null;
}

/** What a merge of two users would do. */
export interface MergePreview {
  readonly survivor: UserView;
  readonly redundant: UserView;
  /** In display order. */
  readonly fields: readonly PreviewField[];
  /** Fields in which the two are alike, or both are empty. */
  readonly sameFields: number;
  /** Fields of the survivor that count as set by hand afterwards and do not now. */
  readonly setByHand: readonly string[];
  readonly enrollments: readonly PreviewEnrollment[];
  /** Courses of the survivor alone, which stay as they are. */
  readonly otherEnrollments: number;
  readonly credits: readonly PreviewCredit[];
  readonly identities: readonly PreviewIdentity[];
  readonly absorbedEarlier: readonly PreviewAbsorbed[];
  /** When, and by which admin, the two were recorded as different people; `null`: they were not. */
  readonly different: { readonly at: string; readonly by: string | null } | null;
  /** Who can sign in: before, and as the survivor afterwards. The redundant account is closed. */
  readonly access: {
    readonly survivor: Access;
    readonly redundant: Access;
    readonly after: Access;
  };
}

/** The preview of the one merge of a run. */
export interface ShownMerge {
  readonly mergeId: string;
  readonly merge: MergePreview;
  /** Confirms this merge with `--as-shown`, for as long as nothing of it changes. */
  readonly shown: string;
  /** True when one of the two changed since the plan was made: it would not be applied. */
  readonly outdated: boolean;
  /** The choices, as typed. */
  readonly take: readonly string[];
}
