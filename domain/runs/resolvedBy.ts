/**
 * What many rows of one run can be resolved by at once: `renumbered`: the pairs of the gate of that
 * name; `email`: conflicts whose user has another number, by the row's e-mail.
 */
export const RESOLVED_BY = ['renumbered', 'email'] as const;
export type ResolvedBy = (typeof RESOLVED_BY)[number];
