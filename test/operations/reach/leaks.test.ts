import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../../../embedded/paths';
import { Fault } from '../../../domain/faults';
import type { OperationContext } from '../../../operations/context';
import { createBulk } from '../../../operations/users/bulk';
import { sendAnnouncement } from '../../../operations/letters/announcements';
import { createLetter } from '../../../operations/letters/letters';
import { sendLetter } from '../../../operations/letters/sendLetter';
import { createCourse } from '../../../operations/records/courses';
import { saveFilter } from '../../../operations/users/filters';
import { createUser, editUser } from '../../../operations/users/userEdits';
import { explainUser, userHistory } from '../../../operations/users/userHistory';
import { listUsers } from '../../../operations/users/users';
import { OUTSIDE } from '../../../domain/users/userView';
import { newId } from '../../../store/database/db';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { buildPlan } from '../../../store/plan';
import { CSV_SOURCE_ID } from '../../../store/sources/sources';
import { testDatabase } from '../../support/postgres';
import { applyBatches, planImport, start } from '../../support/runs/storeRun';
import { addIdentity, rows } from '../../support/builders';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';
import { CALLS, NOT_ABOUT_PEOPLE } from './calls';
import type { Ways } from './ways';

const store = testDatabase();

/** Occurs in every value of a person of the foreign organization. */
const CANARY = 'kanari';
const FOREIGN = newId();
const ABSORBED = newId();
const MINE = newId();
const OTHER = newId();
const CREDIT = newId();

const MODULES = [
  ...['users', 'runs', 'records', 'duplicates', 'merges', 'letters'].flatMap((folder) =>
    readdirSync(join(projectRoot(), 'operations', folder)).map((file) => join(folder, file)),
  ),
  'todo.ts',
];

test('every exported operation over people and runs is tried, or has its reason', async () => {
  const exported = await Promise.all(
    MODULES.map(async (file) => {
      const module: unknown = await import(join(projectRoot(), 'operations', file));
      return Object.entries(Object(module))
        .filter(([, value]) => typeof value === 'function')
        .map(([name]) => `${basename(file, '.ts')}.${name}`);
    }),
  );

  const known = [...Object.keys(CALLS), ...Object.keys(NOT_ABOUT_PEOPLE)];
  expect(exported.flat().sort()).toEqual(known.sort());
});

describe('people and runs of another organization', () => {
  let before: Answers;
  let after: Answers;
  let ways: Ways;
  let admins: Readonly<Record<string, OperationContext>>;

  beforeAll(async () => {
    const { pool } = store.db;
    const owner = await actor(store.db);
    await pool.query(
      `insert into organization (id, code, code_key, name)
       values ($1, 'MINE', 'mine', 'Mine'), ($2, $3, $3, $3)`,
      [MINE, OTHER, `${CANARY}-org`],
    );
    await pool.query(
      `insert into property_definition (key, name, type) values ('badge', 'B', 'text')`,
    );
    const [a = ''] = await addUsers(pool, [
      { code: 'A', email: 'a@mine.example', organizationId: MINE, firstName: 'Ann' },
      { code: 'B', organizationId: MINE, status: 'inactive' },
    ]);
    await addUsers(pool, [{ code: 'A-OLD', status: 'merged', mergedIntoId: a }]);
    await createCourse(owner, { code: 'SAFETY', name: 'Safety' });
    await saveFilter(owner, { name: 'everybody', filter: 'id pr', shared: true });
    await createLetter(owner, { name: 'Welcome', subject: 'Hi', text: 'Dear {{ user.name }}' });
    const manager = await actor(store.db, 'manager', [MINE]);
    const { campaignId: ownCampaign } = await sendLetter(manager, {
      request: { letter: 'Welcome', users: ['A'] },
      settings: { sink: true, gate: 10, twoPeople: false, timeZone: 'UTC', keys: [] },
    });
    admins = {
      'a viewer of MINE': await actor(store.db, 'viewer', [MINE]),
      'a manager of MINE': manager,
      'a manager of nothing': await actor(store.db, 'manager', []),
      'a manager of the other one': await actor(store.db, 'manager', [OTHER]),
      'a viewer of everybody': await actor(store.db, 'viewer', []),
    };
    await editUser(owner, { user: 'A', set: { phone: '1' } });

    // The ways are the same before and after: first there is nobody at their end.
    ways = {
      people: [
        FOREIGN,
        `${CANARY}-code`,
        `${CANARY}-login`,
        `${CANARY}@foreign.example`,
        `${CANARY}-number`,
        `${CANARY}-absorbed`,
      ],
      filters: [
        `code eq "${CANARY}-code"`,
        `manager eq "${CANARY}-code"`,
        `managerId eq "${FOREIGN}"`,
        'not (manager pr)',
        `email co "${CANARY}"`,
        `organization eq "${CANARY}-org"`,
        `identities.externalId eq "${CANARY}-number"`,
        `properties.badge eq "${CANARY}-badge"`,
        `mergedIntoId eq "${FOREIGN}"`,
        'enrollments[course eq "SAFETY" and score eq 77]',
        `credits.title co "${CANARY}"`,
        `id eq "${FOREIGN}" or id pr`,
      ],
      searches: [CANARY, `${CANARY}-code`],
      saved: ['everybody'],
      cursors: [
        { sort: 'id', cursor: cursor('id', null, ZERO) },
        { sort: 'lastName', cursor: cursor('lastName', `${CANARY}-a`, ZERO) },
        { sort: '-email', cursor: cursor('-email', `${CANARY}@z`, FOREIGN) },
        { sort: 'manager', cursor: cursor('manager', `${CANARY}-a`, ZERO) },
      ],
      historyCursors: [],
      organizations: [`${CANARY}-org`],
      runs: [newId(), newId(), newId(), newId()],
      decisions: [newId()],
      credit: CREDIT,
      own: 'A',
      ownCampaign,
    };
    before = await played(admins, ways);

    ways = { ...ways, ...(await addForeign(owner)) };
    after = await played(admins, ways);
  });

  test.each(['a viewer of MINE', 'a manager of MINE', 'a manager of nothing'])(
    '%s is answered as if they did not exist, however they are named',
    (name) => {
      expect(after[name]).toEqual(before[name]);
    },
  );

  test.each([
    ['a manager of the other one', 'people'],
    ['a viewer of everybody', 'people'],
  ])('%s sees the %s: the canaries are there to be found', (name) => {
    expect(JSON.stringify(after[name])).toContain(`${CANARY}-first`);
    expect(after[name]).not.toEqual(before[name]);
  });

  test('a manager or an earlier organization of an own person is named in no document', async () => {
    const owner = await actor(store.db);
    const { ['a manager of MINE']: manager } = admins;
    if (manager === undefined) throw new Error('made before');
    await editUser(owner, { user: 'A', set: { organization: `${CANARY}-org` } });
    const back = { users: ['A'], organization: 'MINE', dryRun: false, expect: 1 };
    await applied((await createBulk(owner, back)).runId);
    await editUser(owner, { user: 'A', set: { manager: FOREIGN } });

    const history = await userHistory(manager, { user: 'A' });
    const explained = await explainUser(manager, 'A-OLD');
    const listed = await listUsers(manager, { filter: 'code eq "A"' });
    const late = await faultOf(editUser(manager, { user: 'A', ifVersion: 0 }));

    expect(JSON.stringify(await userHistory(owner, { user: 'A' }))).toContain(`${CANARY}-org`);
    expect(JSON.stringify(history)).toContain(OUTSIDE);
    expect(listed.users).toMatchObject([
      { code: 'A', manager: null, managerId: null, managerOutside: true },
    ]);
    expect(late).toMatchObject({ message: expect.stringContaining(`manager is "${OUTSIDE}"`) });
    for (const said of [history, explained, listed, late]) {
      expect(JSON.stringify(said)).not.toMatch(new RegExp(`${CANARY}|${FOREIGN}`));
    }
    expect(await listUsers(manager, { filter: 'manager pr' })).toMatchObject({ users: [] });
  });

  test.each([
    { code: `${CANARY}-code` },
    { login: `${CANARY.toUpperCase()}-login` },
    { email: `${CANARY}@foreign.example` },
    { code: `${CANARY}-absorbed` },
  ])('a key of theirs is taken, and no more is said: %j', async (set) => {
    const { ['a manager of MINE']: manager } = admins;
    if (manager === undefined) throw new Error('made before');

    const faults = [
      await faultOf(createUser(manager, { set: { ...set, organization: 'MINE' } })),
      await faultOf(editUser(manager, { user: 'B', set })),
    ];

    for (const fault of faults) {
      expect(fault).toMatchObject({ kind: 'conflict', code: 'key_taken', next: undefined });
      expect(fault).toHaveProperty('message', expect.stringMatching(/^This [\w-]+ is taken\.$/));
    }
  });
});

/** People, runs and decisions of the other organization, as an owner would have them. */
async function addForeign(owner: OperationContext): Promise<Pick<Ways, 'runs' | 'decisions'>> {
  const { pool } = store.db;
  const seed = (n: string): Record<string, string> =>
    Object.fromEntries(
      ['firstName', 'lastName', 'displayName', 'department'].map((field) => [
        field,
        `${CANARY}-${field === 'firstName' ? 'first' : field}${n}`,
      ]),
    );
  await addUsers(pool, [
    {
      ...seed(''),
      id: FOREIGN,
      code: `${CANARY}-code`,
      login: `${CANARY}-login`,
      email: `${CANARY}@foreign.example`,
      organizationId: OTHER,
      properties: { badge: `${CANARY}-badge` },
    },
    { ...seed('2'), code: `${CANARY}-code2`, organizationId: OTHER, managerId: FOREIGN },
  ]);
  // Of the own organization once, and merged into somebody of the other one.
  await addUsers(pool, [
    {
      ...seed('3'),
      id: ABSORBED,
      code: `${CANARY}-absorbed`,
      organizationId: MINE,
      status: 'merged',
      mergedIntoId: FOREIGN,
    },
  ]);
  await addIdentity(pool, {
    sourceId: CSV_SOURCE_ID,
    externalId: `${CANARY}-number`,
    userId: FOREIGN,
  });
  await pool.query(
    `insert into enrollment (id, user_id, course_id, status, score)
     select $1, $2, id, 'in_progress', 77 from course where code = 'SAFETY'`,
    [newId(), FOREIGN],
  );
  await pool.query(
    `insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
     values ($1, $2, $3, $3, 1, '2026-01-01', 1)`,
    [CREDIT, FOREIGN, `${CANARY}-credit`],
  );
  const { campaignId } = await sendAnnouncement(owner, {
    request: { title: `${CANARY}-title`, markdown: 'Hello', users: [FOREIGN], mail: true },
    settings: { sink: true, gate: 10, timeZone: 'UTC' },
  });
  const sourceId = newId();
  await pool.query(`insert into source (id, name, kind) values ($1, 'canary-list', 'list')`, [
    sourceId,
  ]);
  const imported = await planImport(store.db, {
    sourceId,
    rows: rows({ code: `${CANARY}-code`, lastName: `${CANARY}-lastName` }, { code: 'A-OLD' }),
  });
  const change = { users: [FOREIGN], dryRun: false };
  const off = await createBulk(owner, { ...change, status: 'inactive', expect: 1 });
  await applied(off.runId);
  const held = await createBulk(owner, { ...change, status: 'active', expect: null });
  const fence = await start(store.db, held.runId);
  await buildPlan(store.db, { runId: held.runId, fence });
  await hold(store.db, { runId: held.runId, fence });
  const decision = newId();
  await pool.query(
    `insert into decision (id, run_id, actor_id, kind, taken_at) values ($1, $2, $3, 'approve', now())`,
    [decision, off.runId, owner.actorId],
  );
  return { runs: [imported.runId, off.runId, held.runId, campaignId], decisions: [decision] };
}

async function applied(runId: string): Promise<void> {
  const { db } = store;
  const fence = await start(db, runId);
  await buildPlan(db, { runId, fence });
  await applyBatches(db, { runId, fence, maxEntries: 100 });
  await finish(db, { runId, fence, state: 'done', undoDays: 90 });
}

type Answers = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What each of these admins is answered, whatever is tried; ids of runs by their place. */
async function played(
  admins: Readonly<Record<string, OperationContext>>,
  ways: Ways,
): Promise<Answers> {
  const answers: Record<string, Record<string, string>> = {};
  for (const [name, context] of Object.entries(admins)) {
    const said: Record<string, string> = {};
    for (const [operation, calls] of Object.entries(CALLS)) {
      for (const [way, call] of Object.entries(calls(context, ways))) {
        said[withoutRuns(`${operation}, ${way}`, ways)] = withoutRuns(await answerOf(call), ways);
      }
    }
    answers[name] = said;
  }
  return answers;
}

async function answerOf(call: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify([await call()]);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return JSON.stringify(saidOf(error));
  }
}

function saidOf({ kind, code, message, next, ways, parts }: Fault): object {
  const all = parts.map(({ field, fault }) => ({ field, fault: saidOf(fault) }));
  return { kind, code, message, next, ways, parts: all };
}

function withoutRuns(text: string, { runs, decisions }: Ways): string {
  return [...runs, ...decisions].reduce(
    (rest, id, n) =>
      rest.replaceAll(id, `run ${String(n)}`).replaceAll(id.slice(0, 35), `run ${String(n)}…`),
    text,
  );
}

const ZERO = '00000000-0000-7000-8000-000000000000';

function cursor(sort: string, key: string | null, id: string): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString('base64url');
}
