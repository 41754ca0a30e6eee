import { twoRowsText } from '../../domain/runs/runOptions';
import { timesText } from '../../domain/sources/syncSchedule';
import { scheduleNotes } from '../../wording/schedules';
import type { SourceType } from '../../operations/sources/polledSource';
import type { SourceDetails } from '../../operations/sources/showSource';
import type { WordedPerson, WordedPreview, WordedRead, WordedTest } from '../../client/words';
import { clockIn, isTimeZone } from '../../domain/zones';
import { MATCHED_BY, shownValue } from './diff';
import { keyText } from '../../domain/files/listKey';
import { printable, quoted } from '../../domain/shown';
import { optionTexts, optionWords } from '../../domain/sources/listOptions';
import { count, pairs, table, type Cell, minute } from '../output';
import type { ListedSource } from '../../client/sources';

/** The types of systems, one on each line; optional keys in brackets. */
export function typesText(types: readonly SourceType[]): string {
  const bracket = (name: string, required: boolean): string => (required ? name : `[${name}]`);
  const rows = types.map(({ id, name, system, config, secrets }) => [
    id,
    name,
    system,
    config.map(({ key, required }) => bracket(key, required)).join(' '),
    secrets.map((secret) => bracket(secret.name, secret.required)).join(' '),
  ]);
  return table(['type', 'name', 'system', 'config', 'secrets'], rows);
}

/** One type of system: what each key means. */
export function typeText(type: SourceType): string {
  const { id, name, system, config, secrets, changes, one } = type;
  const reads = `reads everybody${changes ? ', and who changed' : ''}${one ? ', and one person by id' : ''}`;
  const rows = [
    ...config.map(({ key, required, about, default: preset, oneOf }) => [
      `--config ${key}=`,
      required ? 'needed' : '',
      [about, ...(oneOf === null ? [] : [`(${oneOf.join(', ')})`])].join(' '),
      preset === null || preset === '' ? '' : `default ${preset}`,
    ]),
    ...secrets.map((secret) => [
      `--secret ${secret.name}=`,
      secret.required ? 'needed' : '',
      secret.about,
      '',
    ]),
  ];
  const needed = [
    ...config.filter(({ required }) => required).map(({ key }) => ` --config ${key}=…`),
    ...secrets.filter(({ required }) => required).map((secret) => ` --secret ${secret.name}=-`),
  ];
  return [
    `${id}  ${name}  ${system}  ${reads}\n`,
    table(['option', '', 'what it is', ''], rows),
    `next: rollcall sources add ${id} --name NAME${needed.join('')}\n`,
  ].join('');
}

/** All sources, one on each line, then what to do about those that are stopped. */
export function sourcesText(sources: readonly ListedSource[]): string {
  const rows = sources.map((source) => [
    source.name,
    source.connector ?? source.kind,
    source.state ?? '',
    source.activePeople,
    source.lastRun === null ? '' : `${source.lastRun.state} ${minute(source.lastRun.createdAt)}`,
    source.lastRun?.runId ?? '',
    zonedTime(source.nextSyncAt, source.schedule?.timeZone, false),
    standing(source),
  ]);
  const heads = ['name', 'kind', 'state', 'active people', 'last run (UTC)', '', 'next sync', ''];
  const next = [...new Set(sources.flatMap((source) => nextOf(source) ?? []))];
  return table(heads, rows) + next.map((line) => `next: ${line}\n`).join('');
}

/** The reason why a source is not read, in words. */
function standing({ blockedBy, trouble, state }: ListedSource): string {
  if (blockedBy !== null) {
    const { runId, since, skipped } = blockedBy;
    const skips =
      skipped === 0 ? '' : `, ${count(skipped)} ${skipped === 1 ? 'sync' : 'syncs'} skipped`;
    return `blocked by ${runId} since ${minute(since)} UTC${skips}`;
  }
  if (trouble === null || (state !== 'quarantined' && state !== 'disabled')) return '';
  const again =
    trouble.nextTryAt === null
      ? ''
      : `. Next try ${minute(trouble.nextTryAt)} UTC; no sync before that`;
  return `stopped: ${troubleText(trouble.code)} since ${minute(trouble.since)} UTC${again}`;
}

/** Why a source is stopped, in words; another code is shown as it is. */
function troubleText(code: string): string {
  return code === 'credentials_refused' ? 'the credentials are refused' : code.replaceAll('_', ' ');
}

function nextOf({ name, blockedBy, state }: ListedSource): string | null {
  if (blockedBy !== null) return `rollcall runs show ${blockedBy.runId}`;
  return state === 'quarantined' || state === 'disabled' ? `rollcall sources show ${name}` : null;
}

/** One source that is read on a schedule, or a list. */
export function sourceText(
  source: SourceDetails & Partial<Pick<ListedSource, 'nextSyncAt'>>,
): string {
  if (source.kind === 'list') return listText(source);
  const { config, secrets, gates, trouble, blockedBy, schedule, lastRun } = source;
  const of =
    source.system === null || source.system === source.connector ? '' : ` (${source.system})`;
  return [
    pairs([
      ['name', source.name],
      [
        'type',
        `${source.connector ?? ''}${of}${source.custom ? ', your own connection file' : ''}`,
      ],
      ['state', source.state],
      ...Object.entries(config).map(([key, value]): [string, Cell] => [`config ${key}`, value]),
      ...secrets.map(({ name, state }): [string, Cell] => [`secret ${name}`, state]),
      ...(source.baseUrl === null ? [] : [['base URL', source.baseUrl] as const]),
      ...Object.entries(gates).map(([gate, n]): [string, Cell] => [`gate ${gate}`, n]),
      ['schedule', schedule === null ? 'by hand only' : timesText(schedule)],
      ['next sync', zonedTime(source.nextSyncAt, schedule?.timeZone) || null],
      ['last run', lastRun === null ? null : `${lastRun.runId} ${lastRun.state}`],
      ['everybody last read (UTC)', minute(source.fullReadAt) || null],
      ['time zone', source.timeZone],
      ...(source.mergedPeople === 'propose'
        ? [['people that it merged', 'are proposed as a pair'] satisfies [string, Cell]]
        : []),
      ['join or leave next', dueText(source.dueNext)],
      ['active people', source.activePeople],
    ]),
    ...(schedule === null ? [] : scheduleNotes(schedule, new Date()).map((note) => `${note}\n`)),
    trouble === null ? '' : `${printable(trouble.message)}\n`,
    source.declarationChanged
      ? 'Its connection file was changed since the last sync: look at a dry run first.\n'
      : '',
    blockedBy === null
      ? ''
      : `blocked by run ${blockedBy.runId} since ${minute(blockedBy.since)}, ${count(blockedBy.skipped)} syncs skipped\n`,
    `next: ${afterShow(source)}\n`,
  ].join('');
}

/** A list, which is filled from files. */
function listText(source: SourceDetails): string {
  const { name, gates, twoRows = null, key = 'code', options = {}, lastRun, blockedBy } = source;
  return [
    pairs([
      ['name', name],
      ['type', 'a list of CSV files'],
      ...Object.entries(gates).map(([gate, n]): [string, Cell] => [`gate ${gate}`, n]),
      ['people are known by', keyText(key)],
      ['options of its files', optionWords(optionTexts(options), quoted) || null],
      ['two rows of a person', twoRows === null ? 'are conflicts' : twoRowsText(twoRows)],
      ['last run', lastRun === null ? null : `${lastRun.runId} ${lastRun.state}`],
      ['time zone', source.timeZone],
      ['join or leave next', dueText(source.dueNext)],
      ['active people', source.activePeople],
    ]),
    blockedBy === null
      ? ''
      : `blocked by run ${blockedBy.runId} since ${minute(blockedBy.since)}\n`,
    `next: rollcall runs list --source ${name}\n`,
  ].join('');
}

/** Joiners and leavers of a day to come. */
function dueText(due: SourceDetails['dueNext']): string {
  if (due === null) return 'nobody';
  const { on, people, inAll } = due;
  const more = inAll === people ? '' : `, ${count(inAll)} in all`;
  return `${count(people)} ${people === 1 ? 'person' : 'people'} on ${on}${more}`;
}

function afterShow({ name, state, blockedBy, lastRun, secrets }: SourceDetails): string {
  if (blockedBy !== null) return `rollcall runs diff ${blockedBy.runId}`;
  const missing = secrets.find((secret) => secret.state === 'unreadable');
  if (missing !== undefined) return `rollcall sources set ${name} --secret ${missing.name}=-`;
  if (state === 'paused') return `rollcall sources resume ${name}`;
  if (state !== 'ready' || lastRun === null) return `rollcall sources test ${name}`;
  return `rollcall sources sync ${name} --dry-run`;
}

/** The first people of a source, and what is wrong with their records. */
export function testText(test: WordedTest): string {
  const { read, coverage, empty, withheld, source } = test;
  const total = read.total === null ? '' : ` of ${count(read.total)}`;
  const whole =
    read.complete === false ? `not complete: ${(read.why ?? '').replaceAll('_', ' ')}` : 'complete';
  const ended = read.ended ? `the list ended here and is ${whole}` : 'the list goes on';
  const filled = Object.entries(coverage).map(([field, n]) => `${field} ${String(n)}`);
  return [
    `${count(read.people)}${total} people in ${count(read.calls)} ${read.calls === 1 ? 'call' : 'calls'}; ${ended}\n`,
    ...test.people.map(personText),
    read.people === 0 ? '' : `have a value: ${filled.join(', ')}\n`,
    empty.length === 0
      ? ''
      : `! nobody has ${empty.join(', ')}: is the credential allowed to read it, and is its name right?\n`,
    ...Object.entries(withheld).map(
      ([field, n]) => `! ${field} is withheld for ${count(n)} people: their values stay\n`,
    ),
    test.faulty === 0 ? '' : `! ${count(test.faulty)} of them would be errors\n`,
    `Nothing was stored.\nnext: rollcall sources sync ${source} --dry-run\n`,
  ].join('');
}

/** One person as a source sends them. */
export function personText(person: WordedPerson): string {
  const { externalId, sourceStatus, status, fields } = person;
  const values = Object.entries(fields).map(([field, value]) => `${field}: ${shownValue(value)}`);
  const said = sourceStatus === null ? '' : ` (${sourceStatus})`;
  const more = [
    ...person.dueOn.map((day) => `changes on ${day}`),
    ...(person.deleted === null ? [] : ['removed there']),
    ...(person.mergedInto === null ? [] : [`merged into ${person.mergedInto}`]),
    ...(person.withheld.length === 0 ? [] : [`withheld: ${person.withheld.join(', ')}`]),
  ];
  const parts = [externalId ?? '(no id)', `${status ?? 'no status'}${said}`, ...values, ...more];
  return [
    `  ${printable(parts.join('  '))}\n`,
    ...person.faults.map(
      ({ field, code, message }) => `    ! ${field ?? ''} ${code}: ${printable(message)}\n`,
    ),
  ].join('');
}

/** One person asked for by id. */
export function readPersonText(person: WordedRead): string {
  if (person.mapped === null) return `${gone(person)}Nothing was stored.\n`;
  return `${personText(person.mapped)}Nothing was stored.\n`;
}

/** What a sync would do with one person, step by step. */
export function previewText(preview: WordedPreview): string {
  const { mapped, matched, planned, messages, source } = preview;
  if (mapped === null) return gone(preview);
  return [
    `read     found in ${source}\n`,
    `mapped ${personText(mapped).trimEnd()}\n`,
    matched === null ? '' : `matched  ${matchText(matched)}\n`,
    planned === null
      ? `planned  ${matched === null ? 'error: nobody is changed' : 'unchanged'}\n`
      : plannedText(planned),
    ...messages.map(({ code, message }) => `         ${code}: ${printable(message)}\n`),
    `Nothing was written.\nnext: rollcall sources sync ${source} --dry-run\n`,
  ].join('');
}

function gone({ externalId, source }: Pick<WordedRead, 'externalId' | 'source'>): string {
  return `read     ${source} has nobody under ${printable(externalId)}\n`;
}

function matchText({ matchedBy, userId, code, login }: NonNullable<WordedPreview['matched']>) {
  if (userId === null) return 'nobody';
  return printable(
    `${code ?? login ?? userId}  user ${userId}  matched by ${MATCHED_BY[matchedBy]}`,
  );
}

function plannedText(planned: NonNullable<WordedPreview['planned']>): string {
  const reason = planned.reason === null ? '' : `  (${planned.reason})`;
  return [
    `planned  ${planned.action}${reason}\n`,
    ...Object.entries(planned.changes).map(
      ([field, [old, next]]) =>
        `         ${printable(`${field}: ${shownValue(old)} → ${shownValue(next)}`)}\n`,
    ),
  ].join('');
}

/**
 * A time to the minute on the clocks of the source, in UTC as well where they differ (`both`); empty:
 * there is none.
 */
export function zonedTime(
  at: string | null | undefined,
  zone: string | undefined,
  both = true,
): string {
  const utc = minute(at);
  if (at === null || at === undefined || zone === undefined || !isTimeZone(zone)) {
    return utc === '' ? '' : `${utc} UTC`;
  }
  const there = clockIn(zone, new Date(at));
  if (there === utc) return `${utc} ${zone}`;
  return `${there} ${zone}${both ? ` (${utc.slice(11)} UTC)` : ''}`;
}
