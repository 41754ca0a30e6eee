import { setTimeout as delay } from 'node:timers/promises';
import type { OneResult } from '../../connectors/engine/engine';
import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { previewRow, type PreviewedRow } from '../../store/lifecycle/preview';
import { openSource, type OpenedSource } from './openSource';
import { polledSource, type SourceContext, zoneOfSource } from './polledSource';
import { mapPerson, rowRules, type MappedPerson } from './sourcePerson';
import { mustWait } from './testSource';

export interface PersonInput {
  /** The source's name. */
  readonly name: string;
  readonly externalId: string;
}

/** One person as the source has them; `gone`: the source knows no person with this id. */
export interface ReadPerson {
  readonly source: string;
  readonly externalId: string;
  readonly read: 'found' | 'gone';
  readonly mapped: MappedPerson | null;
}

/** What a sync would do with one person, step by step; nothing is written. */
export interface PersonPreview extends ReadPerson {
  readonly matched: Pick<PreviewedRow, 'matchedBy' | 'userId' | 'code' | 'login'> | null;
  /** `null`: nothing would be changed. */
  readonly planned: PreviewedRow['entry'];
  readonly messages: PreviewedRow['messages'];
}

const TRIES = 5;
const WAIT_MS = 20_000;

/** Reads one person from the source. @throws Fault state when its connector cannot. */
export async function readPerson(context: SourceContext, input: PersonInput): Promise<ReadPerson> {
  return (await read(context, input)).person;
}

/** Reads, maps, matches and plans one person, and writes nothing. @throws Fault as `readPerson`. */
export async function previewPerson(
  context: SourceContext,
  input: PersonInput,
): Promise<PersonPreview> {
  const { person, row, sourceId } = await read(context, input);
  const nothing = { matched: null, planned: null, messages: [] };
  if (row === null || person.mapped.faults.length > 0) {
    return { ...person, ...nothing };
  }
  const { db, actorId } = context;
  const { entry, messages, ...matched } = await previewRow(db, { sourceId, actorId, row });
  return { ...person, matched, planned: entry, messages };
}

async function read(context: SourceContext, { name, externalId }: PersonInput) {
  requirePermission(context.level, 'sources.test');
  const { connection } = await polledSource(context.db.pool, name);
  const { sourceId } = connection;
  const opened = await openSource(context, sourceId);
  try {
    const found = await ask(opened, { name, externalId });
    const person = { source: name, externalId, read: found.kind, mapped: null };
    if (found.kind === 'gone') return { person, row: null, sourceId };
    const rules = await rowRules(context.db.pool, {
      timeZone: zoneOfSource(connection, context),
      now: new Date(),
    });
    const mapped = mapPerson(found.record, rules);
    return { person: { ...person, mapped: mapped.person }, row: mapped.row, sourceId };
  } finally {
    opened.close();
  }
}

type Answered = Extract<OneResult, { kind: 'found' | 'gone' }>;

async function ask({ reader }: OpenedSource, { name, externalId }: PersonInput): Promise<Answered> {
  let waited = 0;
  for (let tries = 0; ; tries++) {
    const result = await reader.one(externalId, tries);
    if (result.kind === 'found' || result.kind === 'gone') return result;
    if (result.kind === 'cannot') throw cannot(name, result.why);
    const ms = Math.max(0, result.until - Date.now());
    waited += ms;
    if (tries >= TRIES || waited > WAIT_MS) throw mustWait(result);
    await delay(ms);
  }
}

function cannot(name: string, why: string): Fault {
  const message =
    why === 'not_declared'
      ? `The connector of "${name}" cannot ask for one person.`
      : `The source gave no answer about this person (${why.replaceAll('_', ' ')}).`;
  return new Fault('state', {
    code: 'cannot_ask_for_one',
    message,
    next: { do: 'testSource', source: name },
  });
}
