import type { SomeWords } from './words';

/** Words of the steps about letters that come back. */
export const DELIVERY_WORDS = {
  listSuppressions: () => 'rollcall suppressions list',
  helpAddSuppression: () => 'rollcall suppressions add --help',
  helpImportBounces: () => 'rollcall bounces import --help',
} as const satisfies SomeWords;
