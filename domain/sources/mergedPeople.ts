/**
 * What follows when a system merged two people whom Rollcall has as two users: the run says so, or it says
 * so and the pair is kept as a proposal (`users duplicates`).
 */
export const MERGED_PEOPLE = ['tell', 'propose'] as const;
export type MergedPeople = (typeof MERGED_PEOPLE)[number];

export function isMergedPeople(value: unknown): value is MergedPeople {
  return MERGED_PEOPLE.some((one) => one === value);
}

/** The setting of a source. */
export function mergedPeopleOf(settings: Readonly<Record<string, unknown>>): MergedPeople {
  const kept = settings['mergedPeople'];
  return isMergedPeople(kept) ? kept : 'tell';
}
