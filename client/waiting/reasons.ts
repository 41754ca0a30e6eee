import type { RunKind } from '../../domain/runs/run';
import type { RunDocument, RunSummary } from '../../domain/runs/runDocument';
import type { OperationContext } from '../../operations/context';
import type { RunStatus } from '../../operations/runs/runs';
import { wordNext } from '../../wording/next';
import type { waitsFor } from '../../operations/runs/runs';

const reads = () => import('../../operations/runs/runs.js');

/** How often a waiting client asks Temporal whether the workflow is still there. */
export const PRESENCE_MS = 5_000;

/** A run that a client waits for. `note` is called with a line for the person who waits. */
type Noting = Pick<RunStatus, 'runId' | 'kind'> & { readonly note: (line: string) => void };

/**
 * True while a held run is in the way; notes that run at once, with the commands to decide it.
 */
export async function isBlocked(
  context: OperationContext,
  { runId, kind, note }: Noting,
): Promise<boolean> {
  const other = await (await reads()).waitsFor(context, runId);
  if (other === null || other.heldSince === null) return false;
  const ways = (['showRun', 'approve', 'reject', 'cancel'] as const).map(
    (way) => `\n  ${wordNext({ do: way, run: other.runId })}`,
  );
  note(inTheWay(other, kind) + ways.join(''));
  return true;
}

/** Notes why a run waits: the run before it, its turn, or that no worker took it. */
export async function noteReason(
  context: OperationContext,
  { runId, kind, note }: Noting,
): Promise<void> {
  const other = await (await reads()).waitsFor(context, runId);
  if (other !== null) {
    if (other.heldSince === null) note(inTheWay(other, kind));
    return;
  }
  const taken = await (await reads()).awaitsTurn(context, runId);
  note(taken ? ITS_TURN : `${UNTAKEN} Is one up? ${wordNext({ do: 'showServers' })}`);
}

/**
 * Adds the reason of a waiting run: the run it waits for, its turn, or that no worker took it.
 */
export async function withReason(
  context: OperationContext,
  document: RunDocument,
): Promise<RunDocument> {
  if (document.state !== 'waiting') return document;
  const other = await (await reads()).waitsFor(context, document.runId);
  if (other === null) {
    if (await (await reads()).awaitsTurn(context, document.runId)) {
      return { ...document, reason: { text: ITS_TURN, next: null } };
    }
    const isNew = Date.now() - Date.parse(document.createdAt) < PRESENCE_MS;
    if (isNew) return document;
    return { ...document, reason: { text: UNTAKEN, next: null }, next: { do: 'showServers' } };
  }
  const reason = { text: inTheWay(other, document.kind), next: null };
  return { ...document, reason, next: { do: 'showRun', run: other.runId } };
}

const UNTAKEN = 'No worker has taken it up yet.';
const ITS_TURN =
  'It waits for its turn, asks for it at least every half minute, and goes on by itself.';

function inTheWay(other: InTheWay, kind: RunKind): string {
  const { runId, source, state, heldSince } = other;
  if (heldSince === null) return `Waits for run ${runId} of the same source, which is ${state}.`;
  const since = heldSince.toISOString().slice(0, 16).replace('T', ' ');
  const waits = `this ${kind === 'import' ? 'import' : 'run'} waits`;
  return `Run ${runId} of list ${source} is held since ${since} UTC: approve, reject or cancel it; ${waits}.`;
}

type InTheWay = NonNullable<Awaited<ReturnType<typeof waitsFor>>>;

/** The document of a run that has not ended and whose workflow is gone. */
export function orphaned<T extends RunSummary>(document: T): T {
  return {
    ...document,
    state: 'orphaned',
    next: { do: 'resume', run: document.runId },
    reason: { text: `Its workflow is gone while the run was ${document.state}.`, next: null },
  };
}
