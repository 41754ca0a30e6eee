/**
 * Why two users may be one person, or may not: code → what it means, for the documentation. `speaks`: for
 * one person, or against it.
 */
export const PAIR_REASONS = {
  merged_at_source: {
    speaks: 'for',
    means: 'a source merged the two, and knows them as one person now',
  },
  same_mailbox: {
    speaks: 'for',
    means: 'mail to both addresses arrives in one mailbox: only dots or a tag (+lms) differ',
  },
  same_local: {
    speaks: 'for',
    means: 'the e-mail addresses are the same up to the @, or one is the login of the other',
  },
  same_phone: { speaks: 'for', means: 'the last nine digits of the phone numbers are the same' },
  same_name: { speaks: 'for', means: 'first and last name are the same' },
  same_first_name: { speaks: 'for', means: 'only the first name is the same' },
  same_last_name: { speaks: 'for', means: 'only the last name is the same' },
  other_spelling: {
    speaks: 'for',
    means: 'the names are the same without accents, or with ae, oe, ue for ä, ö, ü',
  },
  nickname: { speaks: 'for', means: 'one first name is a short form of the other' },
  similar_name: { speaks: 'for', means: 'the names differ in a few letters' },
  part_of_name: {
    speaks: 'for',
    means: 'one name has a further first or last name that the other leaves out',
  },
  swapped_name: { speaks: 'for', means: 'the first name of one is the last name of the other' },
  same_hire_date: { speaks: 'for', means: 'the first day is the same' },
  similar_hire_date: {
    speaks: 'for',
    means: 'the first days differ in one digit, by a day or two, or day and month are swapped',
  },
  same_organization: { speaks: 'for', means: 'both are in one organization' },
  same_job_title: { speaks: 'for', means: 'both have one job title' },
  same_department: { speaks: 'for', means: 'both are in one department' },
  same_location: { speaks: 'for', means: 'both are at one location' },
  other_first_name: { speaks: 'against', means: 'the first names have nothing in common' },
  other_last_name: { speaks: 'against', means: 'the last names have nothing in common' },
  other_generation: { speaks: 'against', means: 'one is junior, the other senior' },
  other_hire_date: { speaks: 'against', means: 'the first days are different' },
  other_phone: { speaks: 'against', means: 'the phone numbers are different' },
  both_listed: {
    speaks: 'against',
    means: 'one source had both, under a number each, in its last complete read',
  },
} as const satisfies Readonly<Record<string, { readonly speaks: Speaks; readonly means: string }>>;

type Speaks = 'for' | 'against';

export type PairReason = keyof typeof PAIR_REASONS;

/** True for a recorded reason that this build knows. */
export function isPairReason(text: string): text is PairReason {
  return Object.hasOwn(PAIR_REASONS, text);
}
