import { setTimeout as delay } from 'node:timers/promises';
import type { Listing } from '../../connectors/engine/complete';
import type { NextResult } from '../../connectors/engine/results';
import { Fault, LISTING_UNSTABLE } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { layOver } from '../../domain/sources/parts';
import type { SourceRecord } from '../../domain/sources/sourceRow';
import { connectorOf, openSource, type OpenedSource } from './openSource';
import { polledSource, type SourceContext, zoneOfSource } from './polledSource';
import { coverageOf, mapPerson, rowRules, type MappedPerson } from './sourcePerson';

export interface TestSource {
  readonly name: string;
  /** People that are shown; 5 unless given. */
  readonly people?: number;
}

/** The first pages of a source; nothing of them is stored. */
export interface SourceTest {
  readonly source: string;
  readonly people: readonly MappedPerson[];
  readonly read: {
    readonly pages: number;
    readonly calls: number;
    readonly people: number;
    /** True when the list ended with these pages. */
    readonly ended: boolean;
    /** How many people the source says it has; `null`: it does not say. */
    readonly total: number | null;
    /** For a list that ended: whether it proves who is missing, and if not, why. */
    readonly complete: boolean | null;
    readonly why: string | null;
  };
  /** Mapped field → people read who have it. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Mapped fields that no person read has. */
  readonly empty: readonly string[];
  readonly withheld: Readonly<Record<string, number>>;
  /** People read whose row would be an error. */
  readonly faulty: number;
}

const PAGES = 3;
const SHOWN = 5;
const MAX_SHOWN = 1_000;
/** A person waits at the terminal, so a source that asks for a longer pause is reported. */
const WAIT_MS = 20_000;

/**
 * Reads the first pages of a complete read and stores nothing. Faults: of the source and its
 * settings.
 */
export async function testSource(context: SourceContext, input: TestSource): Promise<SourceTest> {
  requirePermission(context.level, 'sources.test');
  const { connection } = await polledSource(context.db.pool, input.name);
  const opened = await openSource(context, connection.sourceId);
  try {
    const wanted = Math.min(Math.max(input.people ?? SHOWN, 1), MAX_SHOWN);
    const read = await readPages(opened, wanted);
    const rules = await rowRules(context.db.pool, {
      timeZone: zoneOfSource(connection, context),
      now: new Date(),
    });
    const parts = opened.parts('full');
    const records = parts === null ? read.records : layOver(read.records, parts.required);
    const mapped = records.map((record) => mapPerson(record, rules).person);
    const coverage = coverageOf(records, Object.keys(connectorOf(connection).map.fields));
    return {
      source: input.name,
      people: mapped.slice(0, wanted),
      read: {
        pages: read.pages,
        calls: read.calls,
        people: mapped.length,
        ended: read.listing !== null,
        total: read.listing?.totalClaimed ?? null,
        complete: read.listing?.complete ?? null,
        why: read.listing === null || read.listing.complete ? null : read.listing.why,
      },
      coverage,
      empty: mapped.length === 0 ? [] : Object.keys(coverage).filter((f) => coverage[f] === 0),
      withheld: counted(read.records.flatMap(({ withheld }) => withheld)),
      faulty: mapped.filter(({ faults }) => faults.length > 0).length,
    };
  } finally {
    opened.close();
  }
}

interface ReadSome {
  readonly records: readonly SourceRecord[];
  readonly pages: number;
  readonly calls: number;
  readonly listing: Listing | null;
}

async function readPages({ reader }: OpenedSource, wanted: number): Promise<ReadSome> {
  const records: SourceRecord[] = [];
  let state = reader.begin({ mode: 'full', cursor: null });
  let [pages, calls, waited] = [0, 0, 0];
  for (;;) {
    const next: NextResult = await reader.next(state);
    if (next.kind === 'restart' || next.kind === 'full') throw unsteady(next.reason);
    if (next.kind === 'wait') {
      const ms = Math.max(0, next.until - Date.now());
      waited += ms;
      if (waited > WAIT_MS) throw mustWait(next);
      await delay(ms);
      state = next.state;
      continue;
    }
    records.push(...next.records);
    pages += 1;
    calls += next.facts.calls;
    if (next.state === null || records.length >= wanted || pages >= PAGES) {
      return { records, pages, calls, listing: next.listing };
    }
    state = next.state;
  }
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** The source asks for a longer pause than a person waits. */
export function mustWait({ until, reason }: { until: number; reason: string }): Fault {
  const at = new Date(until).toISOString().slice(0, 19).replace('T', ' ');
  return new Fault('unavailable', {
    code: 'source_asks_to_wait',
    message: `The source gives nothing before ${at} UTC (${reason.replaceAll('_', ' ')}).`,
    next: 'Try again then; a sync waits by itself.',
  });
}

function unsteady(reason: string): Fault {
  return new Fault('unavailable', {
    code: LISTING_UNSTABLE,
    message: reason,
    next: 'Try again; a sync begins its read anew by itself.',
  });
}
