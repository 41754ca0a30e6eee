import type { ParsedBounce } from '../../connectors/delivery/bounces/parse';
import {
  reportFor,
  SUPPRESS_AFTER,
  suppressWhen,
  type BounceReport,
} from '../../domain/letters/bounces';
import { userKey } from '../../domain/keys';
import { DELIVERIES } from '../../domain/letters/deliveries';
import { transaction, type Tx } from '../../store/database/db';
import {
  closeAsBounced,
  hardFailures,
  importedAmong,
  insertBounces,
  lockDeliveries,
  type BouncedDelivery,
  type DeliveryRef,
  type HardFailure,
} from '../../store/letters/bounces';
import { insertSuppressions, type NewSuppression } from '../../store/letters/suppressions';
import type { Keyring } from '../../store/sources/secrets';
import type { OperationContext } from '../context';

/** A message that was read: a bounce, a complaint or a report. */
export interface ReadBounce extends ParsedBounce {
  readonly place: string;
  readonly sha: Buffer;
}

/** What became of a message. */
export interface Judged {
  readonly place: string;
  readonly outcome:
    | 'known'
    | 'bounced'
    | 'already'
    | 'delayed'
    | 'complaints'
    | 'delivered'
    | 'others'
    | 'not_ours'
    | 'delivery_gone';
}

interface Matched {
  readonly message: ReadBounce;
  readonly delivery: BouncedDelivery | undefined;
  readonly report: BounceReport | undefined;
  readonly outcome: Judged['outcome'];
}

/** Rolls back what a dry run wrote. */
class DryRun extends Error {}

/** Takes a batch of messages in one transaction; a dry run rolls it back. */
export async function applyBatch(
  { db }: Pick<OperationContext, 'db'>,
  o: Keyring & { readonly batch: readonly ReadBounce[]; readonly dryRun: boolean },
): Promise<{ readonly judged: readonly Judged[]; readonly suppressed: number }> {
  if (o.batch.length === 0) return { judged: [], suppressed: 0 };
  const seen: { result: { judged: readonly Judged[]; suppressed: number } } = {
    result: { judged: [], suppressed: 0 },
  };
  await transaction(db, async (tx) => {
    seen.result = await apply(tx, o);
    if (o.dryRun) throw new DryRun();
  }).catch((error: unknown) => {
    if (!(error instanceof DryRun)) throw error;
  });
  return seen.result;
}

async function apply(
  tx: Tx,
  { keys, batch }: Keyring & { readonly batch: readonly ReadBounce[] },
): Promise<{ readonly judged: readonly Judged[]; readonly suppressed: number }> {
  const imported = await importedAmong(
    tx,
    batch.map(({ sha }) => sha),
  );
  const fresh = batch.filter(({ sha }) => !imported.has(sha.toString('hex')));
  const refs = fresh.flatMap(({ ref }) => (ref === null ? [] : [ref]));
  const deliveries = await lockDeliveries(tx, refs);
  const byRef = new Map(deliveries.map((delivery) => [nameOf(delivery), delivery]));
  const matched = judge(fresh, byRef);
  await closeAsBounced(
    tx,
    matched.flatMap(({ outcome, delivery, report }) =>
      outcome !== 'bounced' || delivery === undefined
        ? []
        : [
            {
              ...refOf(delivery),
              status: report?.status ?? null,
              smtpCode: report?.smtpCode ?? null,
            },
          ],
    ),
  );
  const suppressed = await insertSuppressions(tx, {
    keys,
    suppressions: await suppressions(tx, matched),
  });
  await insertBounces(tx, matched.map(kept));
  const known = batch.filter(({ sha }) => imported.has(sha.toString('hex')));
  const judged = [
    ...known.map(({ place }) => ({ place, outcome: 'known' as const })),
    ...matched.map(({ message, outcome }) => ({ place: message.place, outcome })),
  ];
  return { judged, suppressed };
}

function refOf({ campaignId, n }: DeliveryRef): DeliveryRef {
  return { campaignId, n };
}

function nameOf({ campaignId, n }: DeliveryRef): string {
  return `${campaignId}.${String(n)}`;
}

/** Several messages of a batch may be about one delivery: the first failure closes it. */
function judge(
  messages: readonly ReadBounce[],
  byRef: ReadonlyMap<string, BouncedDelivery>,
): Matched[] {
  const closed = new Set<string>();
  return messages.map((message) => {
    const delivery = message.ref === null ? undefined : byRef.get(nameOf(message.ref));
    const report = reportFor(message.reports, delivery?.address ?? null, isSameAddress);
    const outcome = outcomeOf({ message, delivery, report, closed });
    if (outcome === 'bounced' && delivery !== undefined) closed.add(nameOf(delivery));
    return { message, delivery, report, outcome };
  });
}

function outcomeOf(
  o: Pick<Matched, 'message' | 'delivery' | 'report'> & {
    readonly closed: ReadonlySet<string>;
  },
): Judged['outcome'] {
  const { message, delivery, report, closed } = o;
  if (report === undefined) return 'others';
  if (message.ref === null) return 'not_ours';
  if (delivery === undefined) return 'delivery_gone';
  switch (report.action) {
    case 'delayed':
      return 'delayed';
    case 'delivered':
      return 'delivered';
    case 'complaint':
      return 'complaints';
    case 'failed': {
      const stays = !DELIVERIES[delivery.state].bounces || delivery.address === null;
      return stays || closed.has(nameOf(delivery)) ? 'already' : 'bounced';
    }
  }
}

function kept({ message, delivery, report }: Matched): Parameters<typeof insertBounces>[1][number] {
  const { sha, at } = message;
  const now = new Date();
  return {
    sha,
    ref: delivery === undefined ? null : refOf(delivery),
    action: report?.action ?? 'delivered',
    status: report?.status ?? null,
    // A time ahead is a wrong clock.
    at: at === null || at > now ? now : at,
  };
}

/** The addresses that get no more letters, from what is known once the deliveries are closed. */
async function suppressions(tx: Tx, matched: readonly Matched[]): Promise<NewSuppression[]> {
  const found: NewSuppression[] = [];
  const counted: { readonly delivery: BouncedDelivery; readonly address: string }[] = [];
  for (const { delivery, report } of matched) {
    const address = delivery?.address;
    if (delivery === undefined || report === undefined || address == null) continue;
    const { campaignId } = delivery;
    if (report.action === 'complaint') found.push({ address, reason: 'complaint', campaignId });
    if (report.action !== 'failed') continue;
    const when = whenFor(report, address);
    if (when === 'at once') found.push({ address, reason: 'hard_bounce', campaignId });
    if (when === 'third time') counted.push({ delivery, address });
  }
  const failures = await failuresOf(
    tx,
    counted.map(({ delivery }) => delivery.userId),
  );
  for (const { delivery, address } of counted) {
    const own = failures.filter(
      (f) => f.userId === delivery.userId && isSameAddress(f.address, address),
    );
    if (own.length < SUPPRESS_AFTER.failures) continue;
    found.push({ address, reason: 'hard_bounce', campaignId: delivery.campaignId });
  }
  return found;
}

/** A report about another address only, to which the person passes mail on, says nothing about this one. */
function whenFor(report: BounceReport, address: string): ReturnType<typeof suppressWhen> {
  const { recipients, status } = report;
  const isAnother = recipients.length > 0 && !recipients.some((one) => isSameAddress(one, address));
  return isAnother ? 'never' : suppressWhen(status);
}

async function failuresOf(tx: Tx, userIds: readonly string[]): Promise<HardFailure[]> {
  if (userIds.length === 0) return [];
  const { days } = SUPPRESS_AFTER;
  const all = await hardFailures(tx, { userIds: [...new Set(userIds)], days });
  return all.filter(({ enhanced }) => suppressWhen(enhanced) !== 'never');
}

function isSameAddress(one: string, other: string): boolean {
  return userKey(one) === userKey(other);
}
