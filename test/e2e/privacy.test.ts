import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import { Client as PgClient } from 'pg';
import type { RunState } from '../../domain/runs/run';
import { superuserUrl } from '../../embedded/services';
import type { WordedRun } from '../../cli/documents';
import type { CountingServer } from '../../company/smtp/server';
import { Canaries } from '../support/privacy/canary';
import { chattyServer, sendLetters } from '../support/privacy/letters';
import { eventually, TestStack, type StatusDocument } from '../support/stack';
import {
  logsOf,
  pagesOf,
  temporalFiles,
  temporalOf,
  temporalTraces,
  type Trace,
} from '../support/privacy/traces';
import { ask, printRun, queueOf, workflowOf, type PrintedRun } from './client';

/** Data of people, and texts that people wrote: none may appear outside the store. */
const people = new Canaries('zqkanari');
const w = (about: string): string => people.word(about);
const folder = mkdtempSync(join(tmpdir(), 'rollcall-privacy-'));
let stack: TestStack;
let mail: CountingServer;
const up: { status: StatusDocument; url: string; temporal: Connection | undefined } = {
  status: { services: [], ui: null, temporalCli: null, databaseUrl: null },
  url: '',
  temporal: undefined,
};

const because = (): [string, string] => ['--reason', `${w('reason')} for ${w('reason')}`];

beforeAll(async () => {
  mail = await chattyServer(w);
  stack = new TestStack({
    ROLLCALL_SMTP_URL: mail.url,
    ROLLCALL_MAIL_FROM: `${w('sender')} <${w('sender')}@${w('host')}.example>`,
  });
  up.status = await stack.up();
  up.url = up.status.databaseUrl ?? '';
  up.temporal = await temporalOf(up.status);
}, 120_000);
afterAll(async () => {
  await up.temporal?.close();
  await stack.remove();
  await mail.close();
  rmSync(folder, { recursive: true });
}, 60_000);

function file(lines: readonly (string | Buffer)[], name = `${w('file')}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(lines.map((line) => Buffer.concat([Buffer.from(line), NL]))));
  return path;
}

const NL = Buffer.from('\n');
const org = w('org');
const property = w('property');
const number = w('header');
const mapping = w('mapping');
const list = w('list');
const HEAD = [
  `${number},login,email,first_name,last_name,display_name,status,organization,job_title,department`,
  `location,manager,locale,time_zone,phone,hire_date,leave_date,properties.${property},${w('other')}`,
].join(',');

interface Person {
  readonly code: string;
  readonly email: string;
  readonly row: string;
}

/** A person whose every field is a canary. */
function person(o: { manager?: string; department?: string; status?: string } = {}): Person {
  const [code, email] = [w('code'), `${w('mail')}@${w('host')}.example`];
  const cells = [
    ...[code, w('login'), email, w('first'), `Žluť${w('last')}`, w('display')],
    ...[o.status ?? w('working'), org, w('job'), o.department ?? w('dept'), w('place')],
    ...[o.manager ?? '', w('locale'), w('zone'), people.value('+49307182818284')],
    ...[people.value('1907-03-11'), people.value('2093-11-07'), w('value'), w('note')],
  ];
  return { code, email, row: cells.join(',') };
}

const MAPPED = ['--map', mapping, '--ignore-unknown'];
const DETACH = ['--detach', '--json'];

async function imported(path: string, ...options: readonly string[]): Promise<PrintedRun> {
  return printRun(stack, 'import', path, ...MAPPED, ...options);
}

/** A status is mapped, so that it can be a canary: `import --map` of the saved one. */
const working = w('status');
const staff = Array.from({ length: 12 }, () => person({ status: working }));
const rows = (of: readonly Person[]): string[] => [HEAD, ...of.map(({ row }) => row)];
const seen = { dry: '', campaign: '' };

async function runs(...args: readonly string[]): Promise<PrintedRun> {
  return printRun(stack, 'runs', ...args);
}

function client(): Client {
  if (up.temporal === undefined) throw new Error('not connected');
  return new Client({ connection: up.temporal });
}

test('people come in, with every field, name and map of theirs a canary', async () => {
  await stack.run('orgs', 'create', org, '--name', w('orgname'));
  await stack.run('properties', 'create', property, '--type', 'text', '--name', w('propname'));
  await stack.run(
    ...['mappings', 'save', mapping, '--map', `${number}=code,status:"${working}"=active`],
    ...['--map', `department:"${w('from')}"="${w('to')}"`],
  );

  const first = await imported(file(rows(staff)), ...because());

  expect(first).toMatchObject({ exit: 0, run: { counts: { rows: 12, created: 12 } } });
});

/** Side by side, because each waits for the worker most of its time. */
describe('the ways of a run', () => {
  const ways: Record<string, Promise<void>> = {};
  beforeAll(() => {
    Object.assign(ways, { uploads: uploads(), list: namedList(), hand: byHand() });
    Object.assign(ways, { letters: letters() });
    for (const way of Object.values(ways)) way.catch(() => undefined);
  });

  test.each([
    ['uploads', 'dry run and apply, faults, conflicts, undo'],
    ['list', 'held, decided from outside, approved, rejected, cancelled'],
    ['hand', 'edits, links, a change of many by a filter'],
    ['letters', 'sent, refused, put off, lost, sent back, cancelled, and by a database that fails'],
  ])('%s: %s', (way) => ways[way], 60_000);

  async function uploads(): Promise<void> {
    const [one, two] = staff;
    const changed = staff.map(({ row }) => row.replace(/zqkanarijob\d+/, w('job')));

    const dry = await imported(file([HEAD, ...changed]), '--dry-run', ...because());
    const applied = await runs('apply', dry.run.runId, ...because());
    const faulty = await imported(
      file([
        HEAD,
        person({ status: working }).row.replace(/zqkanarimail\d+@/, '@'),
        person({ status: w('nostatus') }).row,
        `${person({ status: working }).row},${w('surplus')}`,
        person({ status: working }).row.replace(/zqkanarimail[^,]+/, one?.email ?? ''),
        (two?.row ?? '').replace(/zqkanarimail[^,]+/, one?.email ?? ''),
        person({ status: working, manager: w('nobody') }).row,
      ]),
    );
    const diff = await stack.run('runs', 'diff', faulty.run.runId, '--json');
    const conflict = JSON.parse(diff.stdout).entries.find(
      ({ action }: { action: string }) => action === 'conflict',
    );
    const resolved = await runs(
      ...['resolve', faulty.run.runId, '--entry', String(conflict.entry), '--create'],
      ...because(),
    );
    const undone = await runs('undo', dry.run.runId, '--yes');
    seen.dry = dry.run.runId;

    expect(dry).toMatchObject({ exit: 0, run: { state: 'planned', counts: { updated: 12 } } });
    expect(applied).toMatchObject({ exit: 0, run: { state: 'done' } });
    expect(faulty).toMatchObject({ exit: 3, run: { counts: { error: 3, conflict: 2 } } });
    expect(resolved.run.state).toBe('done');
    expect(undone).toMatchObject({ run: { kind: 'undo', state: 'done' } });
  }

  async function namedList(): Promise<void> {
    const listed = Array.from({ length: 70 }, () => person({ status: working }));
    const named = ['--source', list, '--yes', '--missing', 'deactivate'];
    const short = (from: number): string => file(rows(listed.slice(from)));

    const held = await imported(file(rows(listed)), ...named);
    const { runId } = held.run;
    const handle = client().workflow.getHandle(await workflowOf(up.url, runId));
    const asked = await handle.query('progress');
    const outside = handle.executeUpdate('decide', { args: [{ decisionId: runId }] });
    await expect(outside).rejects.toThrow();
    await handle.terminate('by hand');
    const resumed = await runs('resume', runId, ...because());
    const approved = await runs('approve', runId, ...because());
    const second = await imported(short(6), ...named);
    const partly = await runs(
      ...['approve', second.run.runId, '--only', 'create,update', '--keep-held'],
      ...because(),
    );
    const rejected = await runs('reject', second.run.runId, ...because());
    const third = await imported(short(6), ...named, '--gate', 'updates=9', ...because());
    const cancelled = await runs('cancel', third.run.runId, ...because());
    const raised = await imported(short(6), ...named, '--gate', 'deactivations=9', ...because());
    const again = await runs('approve', raised.run.runId, ...because());

    expect(held).toMatchObject({ exit: 4, run: { held: [{ gate: 'first_link' }] } });
    expect(asked).toMatchObject({ state: 'held' });
    expect([resumed.run.state, approved.run.state]).toEqual(['held', 'done']);
    expect([second.run.state, partly.run.state]).toEqual(['held', 'held']);
    expect(rejected.run.state).toMatch(/rejected|done/);
    expect([third.run.state, cancelled.run.state]).toEqual(['held', 'cancelled']);
    expect(raised).toMatchObject({ exit: 4, run: { held: [{ gate: 'rejected_before' }] } });
    expect(again).toMatchObject({ exit: 0, run: { counts: { deactivated: 6 } } });
  }

  async function byHand(): Promise<void> {
    const [code, department] = [w('hand'), w('dept')];
    const mail = `${w('mail')}@x.example`;
    const external = ['--source', 'csv', '--external-id', w('external')];
    const filter = `department eq "${department}"`;
    const users = async (...args: readonly string[]): Promise<number | null> =>
      (await stack.run('users', ...args)).exit;

    const exits = [
      await users('create', '--code', code, '--email', mail, '--department', department),
      await users('edit', code, '--first-name', w('first'), '--property', `${property}=${w('p')}`),
      await users('link', mail, ...external),
      await users('unlink', code, ...external),
      (await stack.run('filters', 'save', w('filter'), filter)).exit,
      await users('deactivate', '--filter', filter, '--expect', '1', ...because()),
      await users('activate', code, '--expect', '1', ...because()),
    ];
    const unknown = await users('show', w('nobody'));
    const broken = await users('list', '--filter', `${w('attribute')} eq "${w('value')}"`);

    expect(exits).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect([unknown, broken]).toEqual([5, 2]);
  }

  async function letters(): Promise<void> {
    const { campaignId, ...sent } = await sendLetters({ stack, mail, folder, w, url: up.url });
    seen.campaign = campaignId;

    expect(sent).toEqual({
      exits: {
        ...{ suppress: 0, create: 0, preview: 0, test: 0, send: 0, pause: 0, resume: 0 },
        ...{ resolve: 1, bounce: 0, cancel: 0, announce: 0, broken: 4 },
      },
      states: { accepted: 2, bounced: 1, failed: 1, unknown: 1, skipped: 3 },
      trouble: 'bug',
    });
  }
});

test('files are refused that cannot be read', async () => {
  const good = person({ status: working }).row;
  const told = await Promise.all([
    imported(file([HEAD, good, Buffer.from(`${w('bytes')}\xff,`, 'latin1')])),
    imported(file([HEAD, good, `${w('quote')},"${w('quote')}"${w('quote')}`])),
    printRun(stack, 'import', file([`code,${w('unknown')}`, good])),
    printRun(stack, 'import', file(['code,email,E-Mail', good])),
    printRun(stack, 'import', file([`PK\u0003\u0004${w('packed')}`])),
  ]);

  expect(told.map(({ run }) => run.error?.code)).toEqual([
    'invalid_bytes',
    'broken_quotes',
    'unknown_column',
    'repeated_column',
    'archive',
  ]);
}, 60_000);

/** The database fails with a person's values in every part of its message. */
async function breakInserts(errcode: string): Promise<void> {
  await ask(
    superuserUrl(stack.data),
    `create or replace function break_inserts() returns trigger language plpgsql as $$
     begin
       -- The second line looks like a place in a program.
       raise exception E'cannot write (%)\\n    at % (%:1:1)', new.email, new.login, new.code
         using errcode = '${errcode}',
         detail = format('Key (email)=(%s) exists.', new.email), hint = new.code,
         constraint = 'user_email_key_key', schema = new.login;
     end $$;
     create or replace trigger break_inserts before insert on "user"
       for each row execute function break_inserts()`,
  );
}

async function shows(runId: string, wanted: RunState): Promise<WordedRun> {
  return eventually(async () => {
    const { run } = await runs('show', runId);
    return run.state === wanted ? run : undefined;
  });
}

test('writes fail, for good and for a while; a file is missing', async () => {
  const one = (): string => file(rows([person({ status: working })]));

  await breakInserts('unique_violation');
  const taken = await imported(one());
  await breakInserts('internal_error');
  const bug = await imported(one());
  await breakInserts('disk_full');
  const { stdout } = await stack.run('import', one(), ...MAPPED, ...DETACH);
  const { runId } = JSON.parse(stdout);
  await shows(runId, 'retrying');
  // The next run waits for the same slot, and its file is gone by then.
  const lost = await stack.run('import', one(), ...DETACH);
  const lostId: string = JSON.parse(lost.stdout).runId;
  await ask(
    up.url,
    `delete from run_file_chunk where file_id = (select file_id from run where id = '${lostId}')`,
  );
  const cancelled = await runs('cancel', runId, ...because());
  await ask(superuserUrl(stack.data), 'drop function break_inserts cascade');

  expect([taken, bug]).toMatchObject([{ run: { state: 'failed' } }, { run: { state: 'failed' } }]);
  expect(cancelled.run.state).toBe('cancelled');
  expect((await shows(lostId, 'failed')).error?.code).toBe('no_header');
}, 90_000);

/** Locks the users, so that a run waits at its first write. */
async function atItsFirstWrite(work: (session: number) => void): Promise<WordedRun> {
  const path = file(rows(Array.from({ length: 300 }, () => person({ status: working }))));
  const lock = new PgClient({ connectionString: up.url });
  lock.on('error', () => undefined);
  await lock.connect();
  await lock.query('begin; lock table "user" in share row exclusive mode');
  const started = await stack.run('import', path, ...MAPPED, ...DETACH);
  const session = await eventually(async () => {
    const waiting = await ask<{ pid: number }>(
      up.url,
      `select pid from pg_stat_activity
       where application_name like 'rollcall run%' and wait_event_type = 'Lock'`,
    );
    return waiting[0]?.pid;
  });
  work(session);
  await lock.end().catch(() => undefined);
  return shows(JSON.parse(started.stdout).runId, 'done');
}

test('a session of Postgres is killed in the middle of a run, and then all of Postgres', async () => {
  const postgres = up.status.services.find(({ name }) => name === 'postgres')?.pid ?? 0;

  const first = await atItsFirstWrite((session) => process.kill(session, 'SIGKILL'));
  const second = await atItsFirstWrite(() => process.kill(postgres, 'SIGKILL'));

  expect([first.counts, second.counts]).toMatchObject([{ created: 300 }, { created: 300 }]);
}, 90_000);

/** Every place except the store, where people's data belongs. */
async function everything(): Promise<Trace[]> {
  if (up.temporal === undefined) throw new Error('not connected');
  return [
    ...(await temporalTraces(up.temporal)),
    ...(await pagesOf(up.status)),
    ...logsOf(stack.data),
    ...temporalFiles(stack.data),
  ];
}

function found(traces: readonly Trace[], canaries: Canaries): string[] {
  return traces.flatMap(({ what, bytes }) => canaries.findIn(bytes).map((at) => `${what}: ${at}`));
}

test('none of it is in Temporal, in a log or on a page of the worker', async () => {
  const traces = await everything();
  const dry = await workflowOf(up.url, seen.dry);

  expect(traces.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(new RegExp(`^history of campaign/.*${seen.campaign}`)),
      `history of ${dry}`,
      `description of ${dry}`,
      `__temporal_workflow_metadata of ${dry}`,
      ...['visibility', 'task queue', 'schedules', '/metrics', 'temporal.db'],
      ...['postgres.log', 'supervisor.log', 'temporal.log', 'worker.log'],
    ]),
  );
  expect(found(traces, people)).toEqual([]);
}, 60_000);

test('the search finds what is put into any of these places', async () => {
  const control = new Canaries('zqkontrol');
  const [input, memo, note, runId] = ['input', 'memo', 'note', 'run'].map((at) => control.word(at));
  await client().workflow.start('importCsv', {
    taskQueue: 'nobody',
    workflowId: 'control/queued',
    args: [{ runId: input }],
    memo: { memo },
    staticDetails: note ?? '',
  });
  // The id is invalid, and the database's own message quotes it.
  const failing = client().workflow.execute('importCsv', {
    taskQueue: await queueOf(up.url),
    workflowId: 'control/failed',
    args: [{ runId }],
  });
  await expect(failing).rejects.toThrow();
  await ask(up.url, `do $$ begin raise log '${control.word('log')}'; end $$`);

  const places = new Set(found(await everything(), control).map((at) => at.split(': ')[0]));

  expect([...places]).toEqual(
    expect.arrayContaining([
      ...['history of control/queued', 'description of control/queued', 'visibility'],
      ...['history of control/failed', '__temporal_workflow_metadata of control/failed'],
      ...['worker.log', 'postgres.log', 'temporal.db'],
    ]),
  );
}, 60_000);
