import type {
  ChangedSuppression,
  RemovedSuppressions,
  SuppressionView,
} from '../../operations/letters/suppressions';
import { suppressionWords } from '../../wording/suppressions';
import { minute, table } from '../output';

/** A list of suppressed addresses for people. */
export function suppressionsText(all: readonly SuppressionView[]): string {
  if (all.length === 0) return 'No suppressed addresses.\n';
  return table(
    ['address', 'why', 'since (UTC)', 'letters', 'note', 'campaign'],
    all.map(({ address, reason, holdsBack, since, note, campaignId }) => [
      address ?? '(erased)',
      suppressionWords(reason),
      minute(since),
      holdsBack === 'all' ? 'none' : 'administrative only',
      ...[note, campaignId],
    ]),
  );
}

/** What became of an address that was suppressed. */
export function addedText({
  address,
  change,
  holdsBack,
  reason,
  since,
}: ChangedSuppression): string {
  const who = address ?? 'The address';
  const gets = holdsBack === 'all' ? 'no letters' : 'administrative letters only';
  const why = suppressionWords(reason);
  switch (change) {
    case 'added':
      return `${who} gets ${gets} from now on (${why}).\n`;
    case 'noted':
      return `${who} gets ${gets} since ${minute(since)} UTC (${why}). The note is changed.\n`;
    case 'none':
      return `${who} gets ${gets} since ${minute(since)} UTC already (${why}).\n`;
  }
}

/** What became of an address that is no longer suppressed, or not for all reasons. */
export function removedText({ address, removed, left }: RemovedSuppressions): string {
  const gone = removed.map(({ reason }) => suppressionWords(reason)).join(', ');
  const still = left.map(suppressionWords).join(', ');
  return left.length === 0
    ? `${address} gets letters again (was: ${gone}).\n`
    : `Removed for ${address}: ${gone}. Still suppressed: ${still}.\n`;
}
