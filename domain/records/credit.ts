import { readCredits, readDay, readEvidence, readTitle, type RecordReader } from './values';

/** What a person or a file says about an external credit → how it is read. */
export const CREDIT_VALUES = {
  title: readTitle,
  provider: readTitle,
  credits: readCredits,
  earnedOn: (text) => readDay(text),
  evidenceUrl: readEvidence,
} as const satisfies Record<string, RecordReader>;
export type CreditField = keyof typeof CREDIT_VALUES;

/** What a person learned elsewhere. `credits` as text with a point, the day as `YYYY-MM-DD`. */
export interface CreditValues {
  readonly title: string;
  readonly provider: string;
  readonly credits: string;
  readonly earnedOn: string;
  readonly evidenceUrl: string | null;
}
