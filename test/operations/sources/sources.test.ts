import { prepareImport } from '../../../operations/runs/imports';
import { randomBytes } from 'node:crypto';
import { connectorType } from '../../../connectors/vendors';
import { addSource } from '../../../operations/sources/addSource';
import {
  pauseSource,
  refuseInUse,
  removeSource,
  resumeSource,
  scheduleSource,
} from '../../../operations/sources/pauseSource';
import type { SourceContext } from '../../../operations/sources/polledSource';
import { recordSync, replaceableRun } from '../../../operations/sources/recordSync';
import { setSource } from '../../../operations/sources/setSource';
import { showSource } from '../../../operations/sources/showSource';
import { listSources } from '../../../operations/sources/sources';
import type { PermissionLevel } from '../../../domain/permissions';
import { transaction } from '../../../store/database/db';
import { getRun } from '../../../store/runs/runs';
import { createListSource } from '../../../store/sources/sources';
import { addIdentity, addPerson } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { faultOf, ownerOf, putRun } from '../support';
import { faultWords } from '../../support/words';

const store = testDatabase();
const KEY = randomBytes(32);
const SECRET = 'canary-api-key-31';

function context(o: { keys?: readonly Buffer[]; level?: PermissionLevel } = {}): SourceContext {
  const { keys = [KEY], level = 'owner' } = o;
  return { ...ownerOf(store), level, keys, allowPrivateHosts: [] };
}

async function add(name: string): Promise<string> {
  await addSource(context(), {
    name,
    type: 'bamboohr',
    config: { company: 'acme' },
    secrets: { apiKey: SECRET },
  });
  const { rows } = await store.db.pool.query<{ id: string }>(
    'select id from source where name = $1',
    [name],
  );
  return rows[0]?.id ?? '';
}

/** Everything that the store holds about a connection. */
async function connection(sourceId: string): Promise<Record<string, unknown>> {
  const { rows } = await store.db.pool.query<Record<string, unknown>>(
    `select c.*, encode(secrets, 'escape') as shown from connection c where source_id = $1`,
    [sourceId],
  );
  return rows[0] ?? {};
}

async function put(sourceId: string, values: Record<string, unknown>): Promise<void> {
  const sets = Object.keys(values).map((key, i) => `${key} = $${String(i + 2)}`);
  await store.db.pool.query(`update connection set ${sets.join(', ')} where source_id = $1`, [
    sourceId,
    ...Object.values(values),
  ]);
}

const TROUBLE = {
  code: 'credentials_refused',
  message: 'The key is refused.',
  since: '2026-11-01T00:00:00.000Z',
  tries: 2,
  nextTryAt: '2026-11-02T00:00:00.000Z',
};

test('a source is added with its secrets sealed, and shown without them', async () => {
  const sourceId = await add('sealed');

  const shown = await showSource(context(), 'sealed');

  expect(shown).toMatchObject({
    connector: 'bamboohr',
    system: 'BambooHR',
    state: 'ready',
    custom: false,
    config: { company: 'acme' },
    secrets: [{ name: 'apiKey', state: 'set' }],
    lastRun: null,
    schedule: null,
    readsChanges: true,
  });
  expect(JSON.stringify([shown, await connection(sourceId)])).not.toContain(SECRET);
  const { rows } = await store.db.pool.query(
    'select action, fields, subject_type from audit_event where subject_id = $1',
    [sourceId],
  );
  expect(rows).toEqual([
    { action: 'source.add', fields: ['company', 'secret.apiKey'], subject_type: 'source' },
  ]);
});

test('every fault of a new source is reported at once, and nothing of it is kept', async () => {
  const fault = await faultOf(
    addSource(context(), {
      name: 'a name!',
      type: 'bamboohr',
      config: { compny: 'acme' },
      secrets: { token: SECRET },
      baseUrl: 'ftp://x',
    }),
  );

  expect(fault).toMatchObject({ kind: 'usage', code: 'bad_settings' });
  const { message } = fault as Error;
  for (const part of ['a name!', 'compny', 'company', 'token', 'apiKey', 'base URL']) {
    expect(message).toContain(part);
  }
  expect(message).not.toContain(SECRET);
  expect(await faultOf(showSource(context(), 'a name!'))).toMatchObject({ kind: 'not_found' });
});

test('an unknown type is answered with the nearest one', async () => {
  const fault = await faultOf(addSource(context(), { name: 'x', type: 'bambohr' }));

  expect(fault).toMatchObject({ kind: 'usage', message: expect.stringContaining('"bamboohr"') });
});

test('the user’s own declaration is checked completely before it is taken', async () => {
  const fault = await faultOf(
    addSource(context(), { name: 'own', declaration: { id: 'own', surprise: 1 } }),
  );

  expect(fault).toMatchObject({
    kind: 'usage',
    message: expect.stringMatching(/surprise[^]*baseUrl|baseUrl[^]*surprise/),
  });
});

test('without a key no secret is taken, and the way to make one is shown', async () => {
  const fault = await faultOf(
    addSource(context({ keys: [] }), {
      name: 'keyless',
      type: 'bamboohr',
      config: { company: 'acme' },
      secrets: { apiKey: SECRET },
    }),
  );

  expect(faultWords(fault)).toMatchObject({
    kind: 'usage',
    code: 'no_secret_key',
    next: expect.stringContaining('openssl rand -base64 32'),
  });
});

test('a name that is taken is refused', async () => {
  await add('taken');

  expect(await faultOf(add('taken'))).toMatchObject({ kind: 'conflict', code: 'source_exists' });
});

test('new secrets keep the place of reading, another company does not', async () => {
  const sourceId = await add('moved');
  await put(sourceId, { cursor: { kind: 'time', at: 1 }, full_read_at: new Date() });

  await setSource(context(), { name: 'moved', secrets: { apiKey: 'another' } });
  const same = await connection(sourceId);
  await setSource(context(), { name: 'moved', config: { company: 'other' } });
  const moved = await connection(sourceId);

  expect(same).toMatchObject({ cursor: { at: 1 } });
  expect(moved).toMatchObject({ cursor: null, full_read_at: null, config: { company: 'other' } });
});

test('settings that would not do are refused, and the old ones stay', async () => {
  const sourceId = await add('kept');
  const before = await connection(sourceId);

  const fault = await faultOf(
    setSource(context(), {
      name: 'kept',
      config: { company: '' },
      secrets: { apiKey: '' },
      gates: { creations: 1.5 },
    }),
  );

  expect(fault).toMatchObject({
    kind: 'usage',
    message: expect.stringMatching(/company[^]*apiKey[^]*creations/),
  });
  expect(await connection(sourceId)).toEqual(before);
});

test('gates have numbers of the source, and give them back', async () => {
  await add('gated');

  await setSource(context(), { name: 'gated', gates: { deactivations: 50, creations: 10 } });
  const shown = await setSource(context(), { name: 'gated', gates: { creations: null } });

  expect(shown.gates).toEqual({ deactivations: 50 });
});

test('secrets whose key is missing are reported, and can be given again without it', async () => {
  await add('lost');
  const stranger = context({ keys: [randomBytes(32)] });

  const shown = await showSource(stranger, 'lost');
  const refused = await faultOf(setSource(stranger, { name: 'lost', config: { company: 'b' } }));
  const mended = await setSource(stranger, { name: 'lost', secrets: { apiKey: 'new' } });

  expect(shown.secrets).toEqual([{ name: 'apiKey', state: 'unreadable' }]);
  expect(refused).toMatchObject({ code: 'secrets_sealed' });
  expect(mended.secrets).toEqual([{ name: 'apiKey', state: 'set' }]);
});

test('new settings end a quarantine', async () => {
  const sourceId = await add('mended');
  await put(sourceId, { polling: 'quarantined', trouble: TROUBLE });

  const shown = await setSource(context(), { name: 'mended', secrets: { apiKey: 'new' } });

  expect(shown).toMatchObject({ state: 'ready', trouble: null });
});

test('the list shows the state of sources, and how many syncs a held run kept from starting', async () => {
  const sourceId = await add('standing');
  const { runId } = await recordSync(context(), { name: 'standing' });
  await putRun(ownerOf(store), runId, { state: 'held' });
  await store.db.pool.query('update run set blocking = true where id = $1', [runId]);
  await put(sourceId, { skipped_syncs: 3, schedule: { everyMinutes: 60 } });

  const found = (await listSources(context())).find(({ name }) => name === 'standing');
  const csv = (await listSources(context())).find(({ name }) => name === 'csv');

  expect(found).toMatchObject({
    kind: 'connector',
    connector: 'bamboohr',
    state: 'ready',
    schedule: { everyMinutes: 60 },
    lastRun: { runId, state: 'held' },
    blockedBy: { runId, skipped: 3 },
  });
  expect(csv).toMatchObject({ connector: null, state: null });
});

describe('a sync by hand', () => {
  test('reads changes where that is enough, and everyone on request', async () => {
    const sourceId = await add('modes');
    const first = await recordSync(context(), { name: 'modes', dryRun: true });
    await putRun(ownerOf(store), first.runId, { state: 'planned' });
    await put(sourceId, { cursor: { kind: 'time', at: 1 }, full_read_at: new Date() });
    const second = await recordSync(context(), { name: 'modes' });
    await putRun(ownerOf(store), second.runId, { state: 'done' });
    const third = await recordSync(context(), { name: 'modes', full: true });

    const { rows } = await store.db.pool.query<{ mode: string }>(
      `select read_mode as mode from run where source_id = $1 order by id`,
      [sourceId],
    );
    expect(rows.map(({ mode }) => mode)).toEqual(['full', 'changes', 'full']);
    expect(third.kind).toBe('sync');
    expect(third.workflowId).toMatch(new RegExp(`^sync/[0-9a-f]{12}/${third.runId}$`));
    expect(await getRun(store.db, first.runId)).toMatchObject({
      dryRun: true,
      options: { dryRun: true },
    });
  });

  test('is refused while one is under way, or the source is paused', async () => {
    await add('busy');
    const { runId } = await recordSync(context(), { name: 'busy' });
    const busy = await faultOf(recordSync(context(), { name: 'busy' }));
    await putRun(ownerOf(store), runId, { state: 'done' });
    await pauseSource(context(), 'busy');
    const paused = await faultOf(recordSync(context(), { name: 'busy' }));

    expect(busy).toMatchObject({ code: 'sync_under_way', next: { do: 'showRun', run: runId } });
    expect(paused).toMatchObject({
      code: 'source_is_paused',
      next: { do: 'resumeSource', source: 'busy' },
    });
  });

  test('names the held run that is in the way, and the ways out', async () => {
    await add('held');
    const { runId } = await recordSync(context(), { name: 'held' });
    await putRun(ownerOf(store), runId, { state: 'held' });
    await store.db.pool.query('update run set blocking = true where id = $1', [runId]);

    const fault = await faultOf(recordSync(context(), { name: 'held' }));

    expect(faultWords(fault)).toMatchObject({
      kind: 'blocked',
      message: expect.stringMatching(new RegExp(`approve ${runId}[^]*held --replace-held`)),
      next: `rollcall runs diff ${runId}`,
    });
    expect(await replaceableRun(context(), 'held')).toBe(runId);
  });

  test('says from when on the vendor allows the next read', async () => {
    const sourceId = await add('seldom');
    const limits = { minIntervalMs: 3 * 3_600_000 };
    await put(sourceId, {
      connector: 'mine',
      declaration: { ...connectorType('bamboohr'), id: 'mine', limits },
    });
    const { runId } = await recordSync(context(), { name: 'seldom' });
    await putRun(ownerOf(store), runId, { state: 'done' });
    await store.db.pool.query(
      `update run set started_at = '2999-01-01T09:00Z', staged_at = now() where id = $1`,
      [runId],
    );

    const fault = await faultOf(recordSync(context(), { name: 'seldom' }));

    expect(fault).toMatchObject({
      kind: 'state',
      code: 'read_too_early',
      message:
        '"seldom" may be read every 180 minutes at most: from 2999-01-01T12:00:00.000Z on again.',
      next: { do: 'syncSource', source: 'seldom' },
    });
  });

  test('takes no held run away while the vendor allows no other read', async () => {
    const sourceId = await add('heldEarly');
    await put(sourceId, {
      connector: 'mine',
      declaration: { ...connectorType('bamboohr'), id: 'mine', limits: { minIntervalMs: 60_000 } },
    });
    const { runId } = await recordSync(context(), { name: 'heldEarly' });
    await putRun(ownerOf(store), runId, { state: 'held' });
    await store.db.pool.query(
      `update run set blocking = true, started_at = '2999-01-01', staged_at = now() where id = $1`,
      [runId],
    );

    const sync = await faultOf(recordSync(context(), { name: 'heldEarly' }));
    const replacing = await faultOf(replaceableRun(context(), 'heldEarly'));

    // The command ends with 4, as an import does that waits behind a run on hold.
    expect(sync).toMatchObject({ kind: 'blocked', code: 'blocked_by_held_run' });
    expect(replacing).toMatchObject({
      code: 'read_too_early',
      next: { do: 'syncSource', source: 'heldEarly', replaceHeld: true },
    });
  });

  test('tries a source that is set aside', async () => {
    const sourceId = await add('aside');
    await put(sourceId, { polling: 'quarantined', trouble: TROUBLE });

    expect(await recordSync(context(), { name: 'aside' })).toMatchObject({ kind: 'sync' });
  });
});

test('pausing and resuming are kept, and end the trouble', async () => {
  const sourceId = await add('turned');
  await put(sourceId, { polling: 'disabled', trouble: TROUBLE });

  const paused = await pauseSource(context(), 'turned');
  const resumed = await resumeSource(context(), 'turned');
  await resumeSource(context(), 'turned');

  expect([paused.paused, resumed.paused]).toEqual([true, false]);
  expect(await connection(sourceId)).toMatchObject({ polling: 'ready', trouble: null });
  const { rows } = await store.db.pool.query<{ action: string }>(
    `select action from audit_event where subject_id = $1 order by id`,
    [sourceId],
  );
  expect(rows.map(({ action }) => action)).toEqual(['source.add', 'source.pause', 'source.resume']);
});

test('a schedule is kept, changed in part, and taken away', async () => {
  await add('timed');
  const set = (times: object, off = false) =>
    scheduleSource(context(), { name: 'timed', times, off });

  const first = await set({ every: '1h', jitter: '5m' });
  const second = await set({ fullEvery: '7d' });
  const again = await set({});
  const off = await set({}, true);
  const zoneless = await faultOf(set({ daily: '2:30', timeZone: 'Europe/Viena', jitter: '5m' }));
  const fault = await faultOf(set({ every: 'often', cron: '61 5 * * *', timeZone: 'Mars/Base' }));

  expect(first.schedule).toEqual({ everyMinutes: 60, jitterSeconds: 300 });
  expect(second.schedule).toEqual({ everyMinutes: 60, jitterSeconds: 300, fullEveryHours: 168 });
  expect(again.schedule).toEqual(second.schedule);
  expect(off.schedule).toBeNull();
  expect(zoneless).toMatchObject({
    next: { times: { daily: '2:30', timeZone: 'Europe/Vienna', jitter: '5m' } },
  });
  expect(fault).toMatchObject({
    kind: 'usage',
    next: { do: 'scheduleSource', source: 'timed' },
    message: expect.stringMatching(/often[^]*one of --every, --daily and --cron[^]*minute[^]*Mars/),
  });
});

describe('removing a source', () => {
  test('shows nothing of one that was never used, and frees the name, at once and again', async () => {
    const removed: unknown[] = [];
    for (let times = 0; times < 2; times++) {
      await add('unused');
      removed.push(await removeSource(context(), 'unused'));
    }

    expect(removed).toEqual([
      { name: 'unused', keptAs: null },
      { name: 'unused', keptAs: null },
    ]);
    const names = (await listSources(context())).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('unused'))).toEqual([]);
  });

  test('keeps runs and links under another name, deactivates nobody, and frees the name', async () => {
    const sourceId = await add('used');
    const { runId } = await recordSync(context(), { name: 'used' });
    const userId = await addPerson(store.db.pool, { fields: { code: 'R1' } });
    await addIdentity(store.db.pool, { userId, sourceId, externalId: '7' });
    const inUse = await faultOf(refuseInUse(context(), 'used'));
    const refused = await faultOf(removeSource(context(), 'used'));
    await putRun(ownerOf(store), runId, { state: 'done' });

    const { keptAs } = await removeSource(context(), 'used');

    expect([inUse, refused]).toMatchObject([{ code: 'source_in_use' }, { code: 'source_in_use' }]);
    expect(keptAs).toMatch(/^used \(removed 2\d{3}-/);
    expect(await getRun(store.db, runId)).toMatchObject({ source: keptAs });
    const { rows } = await store.db.pool.query(
      `select u.status, i.source_id from "user" u join identity i on i.user_id = u.id where u.id = $1`,
      [userId],
    );
    expect(rows).toEqual([{ status: 'active', source_id: sourceId }]);
    expect(await connection(sourceId)).toEqual({});
    const found = (await listSources(context())).find(({ name }) => name === keptAs);
    expect(found).toMatchObject({ state: 'removed', connector: null, activePeople: 1 });
    expect(await add('used')).not.toBe(sourceId);
  });
});

test('an unknown source is answered with the nearest name; a list is not polled', async () => {
  await add('workday');

  expect(await faultOf(showSource(context(), 'wrkday'))).toMatchObject({
    kind: 'not_found',
    message: expect.stringContaining('"workday"'),
  });
  expect(await faultOf(showSource(context(), 'csv'))).toMatchObject({ code: 'not_polled' });
  await transaction(store.db, (tx) => createListSource(tx, 'staff'));
  expect(await faultOf(setSource(context(), { name: 'staff', config: { a: 'b' } }))).toMatchObject({
    code: 'not_polled',
    message: expect.stringContaining('"staff" is filled from CSV files'),
    next: { do: 'listRunsOf', source: 'staff' },
  });
});

test('a list shows its rule for two rows, which can be changed and removed', async () => {
  await transaction(store.db, (tx) => createListSource(tx, 'wards'));
  const rule = { column: 'Main job', value: 'yes' };

  const none = await showSource(context(), 'wards');
  const set = await setSource(context(), { name: 'wards', twoRows: rule });
  const { options } = await prepareImport(context(), { source: 'wards' });
  const cleared = await setSource(context(), { name: 'wards', twoRows: null });

  expect([none.twoRows, set.twoRows, cleared.twoRows]).toEqual([null, rule, null]);
  expect(options.twoRows).toEqual(rule);
  expect((await prepareImport(context(), { source: 'wards' })).options.twoRows).toBeUndefined();
  expect(await faultOf(setSource(context(), { name: 'wards' }))).toMatchObject({
    code: 'nothing_to_change',
  });
});

test('a list has a time zone and gates, and nothing of a system', async () => {
  const { id } = await transaction(store.db, (tx) => createListSource(tx, 'clock'));

  const set = await setSource(context(), {
    name: 'clock',
    timeZone: 'Europe/Vienna',
    gates: { deactivations: 40 },
  });
  const back = await setSource(
    { ...context(), timeZone: 'Asia/Tokyo' },
    { name: 'clock', timeZone: null },
  );

  expect(set).toMatchObject({
    kind: 'list',
    timeZone: 'Europe/Vienna',
    gates: { deactivations: 40 },
  });
  expect(back).toMatchObject({ timeZone: 'Asia/Tokyo', gates: { deactivations: 40 } });
  expect(await faultOf(setSource(context(), { name: 'clock', timeZone: 'Vienna' }))).toMatchObject({
    code: 'bad_settings',
  });
  expect(
    await faultOf(setSource(context(), { name: 'clock', config: { company: 'acme' } })),
  ).toMatchObject({ code: 'not_polled' });
  const { rows } = await store.db.pool.query(
    `select fields from audit_event where subject_id = $1 and action = 'source.set' order by at`,
    [id],
  );
  expect(rows).toEqual([{ fields: ['gate.deactivations', 'timeZone'] }, { fields: ['timeZone'] }]);
});

test.each([
  ['adding', (c: SourceContext) => addSource(c, { name: 'x', type: 'bamboohr' })],
  ['showing', (c: SourceContext) => showSource(c, 'timed')],
  ['changing', (c: SourceContext) => setSource(c, { name: 'timed', config: { a: 'b' } })],
  ['syncing', (c: SourceContext) => recordSync(c, { name: 'timed' })],
  ['pausing', (c: SourceContext) => pauseSource(c, 'timed')],
  ['removing', (c: SourceContext) => removeSource(c, 'timed')],
] as const)('a manager is not allowed %s', async (_, work) => {
  expect(await faultOf(work(context({ level: 'manager' })))).toMatchObject({ kind: 'forbidden' });
});
