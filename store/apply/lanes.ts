import type { Span } from './position';

/** Below this number of entries a second transaction costs more than it wins. */
const LEAST_ENTRIES = 1_000;

/**
 * Cuts what is left of a run into batches for lanes, as many for each of them, none larger than `maxEntries`. One
 * batch where lanes are not worth it.
 */
export function cut(
  open: readonly Span[],
  o: { readonly maxEntries: number; readonly lanes: number },
): readonly Span[] {
  const total = open.reduce((sum, { from, to }) => sum + to - from, 0);
  const batches = Math.ceil(total / o.maxEntries);
  const isWorthIt = o.lanes > 1 && (batches > 1 || total >= LEAST_ENTRIES * o.lanes);
  const size = isWorthIt
    ? Math.ceil(total / (Math.ceil(batches / o.lanes) * o.lanes))
    : o.maxEntries;
  return open.flatMap((span) => pieces(span, size));
}

function pieces({ from, to }: Span, size: number): readonly Span[] {
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, i) => ({
    from: from + i * size,
    to: Math.min(from + (i + 1) * size, to),
  }));
}

export interface LanesOptions {
  readonly lanes: number;
  readonly spans: readonly Span[];
  /** Applies one batch, whole or not at all; `careful`: once more, after a race, while no other lane works. */
  readonly apply: (span: Span, careful: boolean) => Promise<void>;
  readonly isRace: (error: unknown) => boolean;
  /** Asked before each batch but the first of a lane. */
  readonly goOn: () => boolean;
}

/**
 * Applies batches in lanes: each takes the next batch when it has done its last one. A batch that meets a race
 * (also a deadlock of two lanes) ends the lanes and is done again by itself. A failure ends them, too: it is
 * thrown once no lane writes any more.
 */
export async function runLanes(o: LanesOptions): Promise<void> {
  const left = [...o.spans];
  const raced: Span[] = [];
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let batches = 0; batches === 0 || o.goOn(); batches++) {
      const span = raced.length + failures.length > 0 ? undefined : left.shift();
      if (span === undefined) return;
      try {
        await o.apply(span, false);
      } catch (error) {
        if (o.isRace(error)) raced.push(span);
        else failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(o.lanes, left.length) }, lane));
  if (failures.length > 0) throw failures[0];
  for (const span of raced.sort((a, b) => a.from - b.from)) await o.apply(span, true);
}
