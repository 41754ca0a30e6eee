import type { ReasonOf } from './deliveryReasons';

/** Why an address gets no letters, the strongest reason first. */
export const SUPPRESSION_REASONS = [
  'by_hand',
  'complaint',
  'hard_bounce',
  'unsubscribed',
] as const satisfies readonly ReasonOf<'skipped'>[];
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** Reasons that an admin may give. */
export const GIVEN_REASONS = [
  'by_hand',
  'unsubscribed',
  'complaint',
] as const satisfies readonly SuppressionReason[];
export type GivenReason = (typeof GIVEN_REASONS)[number];

/** Which letters each reason holds back. */
export const HOLDS_BACK = {
  by_hand: 'all',
  complaint: 'all',
  hard_bounce: 'all',
  unsubscribed: 'optional',
} as const satisfies Record<SuppressionReason, 'all' | 'optional'>;

/** True when an address that is suppressed for this reason does not get a letter of this category. */
export function holdsBack(
  reason: SuppressionReason,
  category: 'administrative' | 'optional',
): boolean {
  return HOLDS_BACK[reason] === 'all' || category === 'optional';
}
