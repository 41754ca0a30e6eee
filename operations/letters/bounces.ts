import { bounceOfRow } from '../../connectors/delivery/bounces/csv';
import { storedMessages, type StoredMessage } from '../../connectors/delivery/bounces/messages';
import { parseBounce, type ParsedBounce } from '../../connectors/delivery/bounces/parse';
import { requirePermission } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { newId, transaction } from '../../store/database/db';
import { actorOf } from '../actor';
import { applyBatch, type Judged, type ReadBounce } from './bounceBatch';
import type { SuppressionContext } from './suppressions';
import { requireKey } from '../../store/sources/secrets';

export interface ImportBounces {
  /** A message, an mbox, a CSV file, a folder of such files (also a Maildir), or a stream. */
  readonly from: string | AsyncIterable<Buffer>;
  /** Shows what would change, and changes nothing. */
  readonly dryRun?: boolean;
}

/** Where in the input, and what. */
export interface BouncePlace {
  /** The file, with the number of its message or the line of its row. */
  readonly place: string;
  readonly code: 'message_too_large' | 'message_unreadable' | 'not_ours' | 'delivery_gone';
}

/** What an import of bounces did; each message counts once, and in `suppressed` besides. */
export interface BouncesImport {
  readonly dryRun: boolean;
  readonly messages: number;
  /** Imported before, or twice in this input. */
  readonly known: number;
  /** Letters that are bounced from now on. */
  readonly bounced: number;
  /** About letters that had bounced, failed or been skipped. */
  readonly already: number;
  /** Notes that a letter is still on its way. */
  readonly delayed: number;
  readonly complaints: number;
  /** Reports that a letter arrived. */
  readonly delivered: number;
  /** No bounces: absence notes, receipts, other mail. */
  readonly others: number;
  /** Bounces that name no letter of this database. */
  readonly unmatched: number;
  /** Addresses that get no letters from now on. */
  readonly suppressed: number;
  readonly unreadable: number;
  /** The first of `unmatched` and `unreadable`. */
  readonly places: readonly BouncePlace[];
}

/** Messages that one transaction takes: a batch waits for no more than a claim does. */
const BATCH = 200;
const MAX_PLACES = 100;

type Counts = Record<Exclude<keyof BouncesImport, 'dryRun' | 'places'>, number>;

/**
 * Imports what mail servers sent back. Each message counts once, however often and in whatever file it is
 * imported. A message that cannot be read keeps none of the others back. Faults: `usage` (cannot be read, no
 * secret key), `refused_file` (a table without Message-IDs).
 */
export async function importBounces(
  context: SuppressionContext,
  { from, dryRun = false }: ImportBounces,
): Promise<BouncesImport> {
  requirePermission(context.level, 'bounces.import');
  const { keys } = context;
  requireKey(keys, 'bounces');
  const counts: Counts = {
    ...{ messages: 0, known: 0, bounced: 0, already: 0, delayed: 0, complaints: 0, delivered: 0 },
    ...{ others: 0, unmatched: 0, suppressed: 0, unreadable: 0 },
  };
  const places: BouncePlace[] = [];
  const seen = new Set<string>();
  const note = (one: BouncePlace): void => {
    if (places.length < MAX_PLACES) places.push(one);
  };
  let batch: ReadBounce[] = [];
  const flush = async (): Promise<void> => {
    const { judged, suppressed } = await applyBatch(context, { keys, batch, dryRun });
    for (const one of judged) count(one, { counts, note });
    counts.suppressed += suppressed;
    batch = [];
  };
  for await (const message of storedMessages(from)) {
    counts.messages++;
    const read = await readMessage(message, keys);
    if (typeof read === 'string') {
      counts.unreadable++;
      note({ place: message.place, code: read });
    } else if (read === null) {
      counts.others++;
    } else if (seen.has(message.sha.toString('hex'))) {
      counts.known++;
    } else {
      seen.add(message.sha.toString('hex'));
      batch.push({ place: message.place, sha: message.sha, ...read });
      if (batch.length === BATCH) await flush();
    }
  }
  await flush();
  if (!dryRun) await tell(context, counts);
  return { dryRun, ...counts, places };
}

function count(
  { place, outcome }: Judged,
  { counts, note }: { readonly counts: Counts; readonly note: (one: BouncePlace) => void },
): void {
  if (outcome === 'not_ours' || outcome === 'delivery_gone') {
    counts.unmatched++;
    note({ place, code: outcome });
    return;
  }
  counts[outcome]++;
}

/** `null`: no bounce. A text: why it cannot be read. */
async function readMessage(
  { content }: StoredMessage,
  keys: readonly Buffer[],
): Promise<ParsedBounce | null | 'message_too_large' | 'message_unreadable'> {
  switch (content.kind) {
    case 'too large':
      return 'message_too_large';
    case 'row':
      return bounceOfRow(content.fields, keys);
    case 'mail':
      // Whatever a stranger's message does to the parser, the others are read.
      return parseBounce(content.raw, keys).catch(() => 'message_unreadable' as const);
  }
}

async function tell(context: SuppressionContext, counts: Counts): Promise<void> {
  const { bounced, suppressed, complaints } = counts;
  if (bounced + suppressed + complaints === 0) return;
  await transaction(context.db, (tx) =>
    audit(tx, {
      ...actorOf(context),
      action: 'bounces.import',
      subjectType: 'bounces',
      subjectId: newId(),
      changes: {
        bounced: [null, bounced],
        suppressed: [null, suppressed],
        complaints: [null, complaints],
      },
    }),
  );
}
