import { isPairReason, type PairReason } from '../domain/duplicates/reasons';

/** Reasons for or against two users being one person, as a few words of a list. */
const WORDS: Readonly<Record<PairReason, string>> = {
  merged_at_source: 'merged in the source',
  same_mailbox: 'same mailbox',
  same_local: 'same e-mail up to the @',
  same_phone: 'same phone',
  same_name: 'same name',
  same_first_name: 'same first name',
  same_last_name: 'same last name',
  other_spelling: 'same name, spelled differently',
  nickname: 'short form of the first name',
  similar_name: 'similar name',
  part_of_name: 'part of the name',
  swapped_name: 'first and last name swapped',
  same_hire_date: 'same first day',
  similar_hire_date: 'similar first day',
  same_organization: 'same organization',
  same_job_title: 'same job title',
  same_department: 'same department',
  same_location: 'same location',
  other_first_name: 'other first name',
  other_last_name: 'other last name',
  other_generation: 'junior and senior',
  other_hire_date: 'other first day',
  other_phone: 'other phone',
  both_listed: 'both in the last read of one source',
};

/** The words of a recorded reason; the code itself where a newer build recorded it. */
export function pairReasonText(reason: string): string {
  return isPairReason(reason) ? WORDS[reason] : reason;
}
