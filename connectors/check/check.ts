import { completeWith, type Listing } from '../engine/complete';
import { openReader, type Reader } from '../engine/engine';
import type { Dialect } from '../fake/dialect';
import { derivedDialect } from '../fake/derived';
import { fakePeople } from '../fake/people';
import { startFake, type FakeVendor } from '../fake/server';
import { createHttp } from '../http/http';
import { isPartial, partsOf } from '../declaration/parts';
import { resolveSettings, type Settings } from '../declaration/settings';
import type { Connector } from '../declaration/schema';
import type { PageState } from '../engine/state';
import { Fault } from '../../domain/faults';
import { layOver } from '../../domain/sources/parts';
import type { SourceRecord } from '../../domain/sources/sourceRow';
import { ruleToChange, type Rule } from './rules';
import { PAGE, scenariosOf, type Scenario } from './scenarios';
import { pretendedSettings } from '../declaration/pretendedSettings';

/**
 * The result of a scenario: all were read, the read counts as incomplete, it stopped, or people were lost.
 */
export type Outcome = 'read' | 'held' | 'stopped' | 'lost';

/** One scenario, as it was played. */
export interface Played {
  readonly scenario: string;
  readonly outcome: Outcome;
  /** In words; null where everybody was read. */
  readonly why: string | null;
  /**
   * People who were there the whole time, but are missing from a read that claims to be complete.
   */
  readonly missing: number;
  /** The part of the declaration that let it happen. */
  readonly change: Rule | null;
}

/** A declaration against a server that misbehaves. */
export interface Checked {
  readonly id: string;
  readonly held: boolean;
  readonly scenarios: readonly Played[];
  /** What no rule of the declaration could notice; the declaration is not wrong for that. */
  readonly unseen: readonly string[];
  /** Parts of the declaration that were not played. */
  readonly notPlayed: readonly string[];
}

/**
 * Plays the system of a declaration on the loopback interface, in every way in which systems misbehave,
 * and reads it with the real engine. Waits take no time: the clock is moved forward.
 *
 * @throws Fault `usage` (`bad_settings`, `not_playable`).
 */
export async function checkConnector(o: {
  readonly connector: Connector;
  readonly config: Readonly<Record<string, string>>;
}): Promise<Checked> {
  const settings = pretendedSettings(o.connector, o.config, 'check FILE');
  const connector = played(o.connector);
  const derived = derivedDialect(
    resolveSettings(connector, { ...settings, baseUrl: 'http://127.0.0.1' }),
  );
  if (!derived.ok) {
    throw new Fault('usage', {
      code: 'not_playable',
      message: derived.why,
      next: 'Try it on answers that are saved as files: rollcall connectors try FILE --pages DIR',
    });
  }
  const scenarios: Played[] = [];
  for (const scenario of scenariosOf(connector, derived.dialect)) {
    scenarios.push(await play({ connector, settings, dialect: derived.dialect, scenario }));
  }
  return {
    id: connector.id,
    held: scenarios.every(({ change }) => change === null),
    scenarios,
    unseen: unseen(o.connector),
    notPlayed: notPlayed(o.connector),
  };
}

/** Few people on many pages; tokens are left out, and so is everything after the full read. */
function played(connector: Connector): Connector {
  const { auth, limits, reads } = connector;
  const direct = ['basic', 'bearer', 'header', 'none'].includes(auth.type);
  const full = reads.full.map((read) => ({
    ...read,
    records: { ...read.records, partial: isPartial(connector, read) },
    page: small(read.page),
  }));
  return {
    ...connector,
    auth: direct ? auth : { type: 'bearer', token: 'token' },
    limits: { ...limits, timeoutMs: undefined },
    reads: { full },
  };
}

function small(
  page: Connector['reads']['full'][number]['page'],
): Connector['reads']['full'][number]['page'] {
  if (page.type === 'job' || page.size === undefined) return page;
  return { ...page, size: { ...page.size, value: PAGE } };
}

function notPlayed({ auth, reads }: Connector): string[] {
  const tokens = auth.type === 'oauth2' || auth.type === 'jwtBearer' || auth.type === 'exchange';
  return [
    ...(tokens ? ['how a token is fetched (auth)'] : []),
    ...(reads.changes === undefined ? [] : ['changes (reads.changes)']),
    ...(reads.one === undefined ? [] : ['one person by id (reads.one)']),
  ];
}

function unseen({ reads }: Connector): string[] {
  return reads.full.flatMap(({ name, complete: { by, minRatioOfLast = 0 } }) => {
    if (by !== 'endSignal') return [];
    const share =
      minRatioOfLast === 0
        ? 'however many they are'
        : `unless ${String(Math.round((1 - minRatioOfLast) * 100))} % of the last read are missing`;
    return [
      `read "${name}" compares no total: people whom the system leaves out of a page go unseen, ${share}`,
    ];
  });
}

interface Play {
  readonly connector: Connector;
  readonly settings: Settings;
  readonly dialect: Dialect;
  readonly scenario: Scenario;
}

async function play({ connector, settings, dialect, scenario }: Play): Promise<Played> {
  const now = { ms: Date.UTC(2026, 5, 1) };
  const people = fakePeople(scenario.people);
  const { mischief, maxPage } = scenario;
  const clock = (): number => now.ms;
  const fake = await startFake({ vendor: dialect, people, mischief, maxPage, clock });
  const http = createHttp({ allowPrivateHosts: [fake.host], totalMs: 5_000 });
  try {
    const { baseUrl } = fake;
    const random = (): number => 0.5;
    const reader = openReader({ ...settings, baseUrl, connector, http, clock, random });
    const read = await readAll(reader, now);
    return judged(connector, scenario, { read, fake, before: people.map(({ id }) => id) });
  } finally {
    http.close();
    await fake.stop();
  }
}

interface Read {
  readonly ids: ReadonlySet<string>;
  readonly records: readonly SourceRecord[];
  readonly listing: Listing | null;
  readonly fault: Fault | null;
}

const MAX_STEPS = 5_000;

/** Reads to the end as a sync does: waits move the clock, restarts drop what was read. */
async function readAll(reader: Reader, now: { ms: number }): Promise<Read> {
  let ids = new Set<string>();
  let records: SourceRecord[] = [];
  let attempt = 0;
  const begin = (): PageState => reader.begin({ mode: 'full', cursor: null, attempt });
  let state = begin();
  try {
    for (let step = 0; step < MAX_STEPS; step++) {
      const result = await reader.next(state);
      switch (result.kind) {
        case 'page':
          for (const { externalId } of result.records) if (externalId !== null) ids.add(externalId);
          records.push(...result.records);
          if (result.state === null) return { ids, records, listing: result.listing, fault: null };
          state = result.state;
          break;
        case 'wait':
          now.ms = Math.max(now.ms, result.until);
          state = result.state;
          break;
        case 'restart':
        case 'full':
          ids = new Set();
          records = [];
          attempt++;
          state = begin();
          break;
      }
    }
  } catch (error) {
    if (error instanceof Fault) return { ids, records, listing: null, fault: error };
    throw error;
  }
  return { ids, records, listing: null, fault: endless() };
}

function endless(): Fault {
  return new Fault('invalid', { code: 'endless', message: 'It asks for pages without an end.' });
}

function judged(
  connector: Connector,
  scenario: Scenario,
  { read, fake, before }: { read: Read; fake: FakeVendor; before: readonly string[] },
): Played {
  const { ids, listing, fault } = read;
  const stayed = before.filter((id) => fake.world.find(id) !== undefined);
  const missing = stayed.filter((id) => !ids.has(id)).length;
  const told = { scenario: scenario.name, missing: 0, change: null } as const;
  if (fault !== null || listing === null) {
    const { host } = fake;
    const said = fault?.message ?? 'It ended without a reason.';
    const port = host.slice(host.indexOf(':'));
    const why = said.replaceAll(host, 'the system').replaceAll(port, '');
    const rule = { place: '/reads/full', next: 'Mend what the reason names.' };
    // A system that does nothing wrong must be read.
    return { ...told, outcome: 'stopped', why, change: scenario.good ? rule : null };
  }
  const lastRows = scenario.good ? null : scenario.people;
  const word = completeWith(listing, { distinctIds: ids.size, lastRows });
  if (!word.complete) return { ...told, outcome: 'held', why: words(word.why) };
  const old = oldPeople(connector, read.records, fake);
  if (old > 0) {
    const why = `${String(old)} of ${String(stayed.length)} people have a status that a later record corrects`;
    return {
      ...told,
      outcome: 'lost',
      why,
      missing: old,
      change: ruleToChange(connector, scenario),
    };
  }
  if (missing === 0) return { ...told, outcome: 'read', why: null };
  const why = `${String(missing)} of ${String(stayed.length)} people are missing, and the read says that it is whole`;
  const change = ruleToChange(connector, scenario);
  return { ...told, outcome: 'lost', why, missing, change };
}

/** People who came in parts and are not what all parts together say. */
function oldPeople(
  connector: Connector,
  records: readonly SourceRecord[],
  fake: FakeVendor,
): number {
  const parts = partsOf(connector, 'full');
  if (parts === null) return 0;
  return layOver(records, parts.required).filter(({ externalId, status }) => {
    const person = fake.world.find(externalId ?? '');
    return person !== undefined && (status === 'inactive') !== (person.status === 'inactive');
  }).length;
}

function words(code: string): string {
  return `not whole: ${code.replaceAll('_', ' ')}`;
}
