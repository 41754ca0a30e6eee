import { generateKeyPairSync } from 'node:crypto';
import { connectorType } from '../../../connectors/vendors';
import type { NextResult } from '../../../connectors/engine/results';
import type { Reader } from '../../../connectors/engine/engine';
import { openReader } from '../../../connectors/engine/engine';
import type { Listing } from '../../../connectors/engine/complete';
import { completeWith } from '../../../connectors/engine/complete';
import type { DialectName } from '../../../connectors/fake/dialects';
import type { FakePerson } from '../../../connectors/fake/people';
import type { Mischief } from '../../../connectors/fake/misbehaviours';
import { startFake } from '../../../connectors/fake/server';
import type { FakeVendor } from '../../../connectors/fake/server';
import { createHttp } from '../../../connectors/http/http';
import type { HttpOptions } from '../../../connectors/http/http';
import type { Connector } from '../../../connectors/declaration/schema';
import type { Cursor, PageState } from '../../../connectors/engine/state';
import { Fault } from '../../../domain/faults';
import type { SourceRecord } from '../../../domain/sources/sourceRow';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const LIMITS: readonly string[] = ['timeoutMs', 'maxBytes'];

/** A declaration with pages of `size`, so that few people make many pages; the limits are those of the test. */
export function withPageSize(connector: Connector, size: number): Connector {
  return JSON.parse(JSON.stringify(connector), (key, value) =>
    key === 'size' ? { ...value, value: size } : LIMITS.includes(key) ? undefined : value,
  );
}

export interface WorldInput {
  readonly vendor: DialectName;
  readonly people: readonly FakePerson[];
  readonly mischief?: readonly Mischief[];
  readonly pageSize?: number;
  readonly connector?: Connector;
  /** True to ask ahead for the page after each. */
  readonly ahead?: boolean;
  readonly http?: HttpOptions;
  readonly now?: { ms: number };
  /** Called before each call, with the time: the time until which it has to wait, or null. */
  readonly turn?: (now: number) => number | null;
}

export interface Opened {
  readonly fake: FakeVendor;
  readonly reader: Reader;
  readonly ahead: boolean;
  readonly now: { ms: number };
  readonly secretsChanged: [string, string][];
  /** A second reader that shares nothing with the first one: another process. */
  another(): Reader;
  close(): Promise<void>;
}

/** A fake vendor and a reader of it, on one clock. */
export async function openFake(input: WorldInput): Promise<Opened> {
  const now = input.now ?? { ms: Date.UTC(2026, 5, 1) };
  const size = input.pageSize ?? 10;
  const fake = await startFake({
    vendor: input.vendor,
    people: input.people,
    mischief: input.mischief ?? [],
    maxPage: size,
    clock: () => now.ms,
  });
  const http = createHttp({ allowPrivateHosts: [fake.host], totalMs: 5_000, ...input.http });
  const secretsChanged: [string, string][] = [];
  const another = (): Reader =>
    openReader({
      connector: withPageSize(input.connector ?? connectorType(input.vendor)!, size),
      config: fake.config,
      secrets: { ...fake.secrets, ...('privateKey' in fake.secrets ? { privateKey: PEM } : {}) },
      baseUrl: fake.baseUrl,
      http,
      clock: () => now.ms,
      random: () => 0.5,
      turn: async () => input.turn?.(now.ms) ?? null,
      onSecretChanged: async (name, value) => {
        secretsChanged.push([name, value]);
      },
    });
  return {
    fake,
    ahead: input.ahead ?? false,
    reader: another(),
    another,
    now,
    secretsChanged,
    close: async () => {
      http.close();
      await fake.stop();
    },
  };
}

export interface ReadAll {
  readonly end: 'listing' | 'fault' | 'full';
  readonly records: readonly SourceRecord[];
  readonly listing: Listing | null;
  readonly fault: Fault | null;
  readonly waits: readonly { reason: string; ms: number; throttled: boolean }[];
  readonly restarts: readonly string[];
  readonly states: readonly PageState[];
  /** The read as the store sees it: distinct ids, and the last word on completeness. */
  readonly ids: readonly string[];
  readonly complete: boolean;
  readonly why: string;
  readonly calls: number;
}

/**
 * Reads to the end as a sync does: each state goes through JSON, waits move the clock, restarts
 * drop the rows read so far. `between` is called after each page.
 */
export async function readAll(
  opened: Opened,
  begin: { mode: 'full' | 'changes'; cursor: Cursor | null } = { mode: 'full', cursor: null },
  between: (state: PageState) => void = () => undefined,
): Promise<ReadAll> {
  const { reader, now, ahead } = opened;
  const waits: { reason: string; ms: number; throttled: boolean }[] = [];
  const restarts: string[] = [];
  const states: PageState[] = [];
  let records: SourceRecord[] = [];
  let calls = 0;
  let attempt = 0;
  let state: PageState | null = reader.begin({ ...begin, attempt });
  let listing: Listing | null = null;
  const answer = (end: ReadAll['end'], fault: Fault | null): ReadAll => {
    const ids = [...new Set(records.flatMap(({ externalId }) => externalId ?? []))];
    const word =
      listing === null
        ? { complete: false, why: end }
        : completeWith(listing, { distinctIds: ids.length, lastRows: null });
    return { end, records, listing, fault, waits, restarts, states, ids, calls, ...word };
  };
  while (state !== null) {
    let result: NextResult;
    try {
      result = await reader.next(JSON.parse(JSON.stringify(state)) as PageState, { ahead });
    } catch (error) {
      if (error instanceof Fault) return answer('fault', error);
      throw error;
    }
    switch (result.kind) {
      case 'page':
        records = [...records, ...result.records];
        calls += result.facts.calls;
        state = result.state;
        listing = result.listing;
        if (state !== null) {
          states.push(state);
          between(state);
        }
        break;
      case 'wait':
        waits.push({
          reason: result.reason,
          ms: result.until - now.ms,
          throttled: result.throttled,
        });
        now.ms = Math.max(now.ms, result.until);
        state = result.state;
        break;
      case 'restart':
        restarts.push(result.reason);
        records = [];
        attempt++;
        state = reader.begin({ ...begin, attempt });
        break;
      case 'full':
        return answer('full', null);
    }
  }
  return answer('listing', null);
}

/**
 * Opens, reads, closes. `truth`: everybody at the end; `stayed`: those who were there all the time.
 */
export async function readFake(
  input: WorldInput,
): Promise<ReadAll & { readonly truth: string[]; readonly stayed: string[] }> {
  const opened = await openFake(input);
  try {
    const read = await readAll(opened);
    const truth = opened.fake.world.people().map(({ id }) => id);
    const before = new Set(input.people.map(({ id }) => id));
    return { ...read, truth, stayed: truth.filter((id) => before.has(id)) };
  } finally {
    await opened.close();
  }
}
