import { Fault } from '../../../domain/faults';
import type { OperationContext } from '../../../operations/context';
import {
  addCredit,
  editCredit,
  listCredits,
  removeCredit,
} from '../../../operations/records/credits';
import { userHistory } from '../../../operations/users/userHistory';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers, audited } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
});

let people = 0;
/** A new person, by code. */
async function person(): Promise<string> {
  people++;
  const code = `P-${String(people)}`;
  await addUsers(store.db.pool, [{ code }]);
  return code;
}

async function codesOf(work: Promise<unknown>): Promise<(readonly [string | null, string])[]> {
  const fault = await faultOf(work);
  if (!(fault instanceof Fault)) throw fault;
  return fault.parts.map(({ field, fault: { code } }) => [field, code] as const);
}

const CREDIT = {
  ...{ title: 'First aid', provider: 'Red Cross' },
  ...{ credits: '1.50', earnedOn: '2026-03-01' },
};

test('the same credit is there once, and its evidence is changed by an edit', async () => {
  const user = await person();
  const evidenceUrl = 'https://example.org/1';

  const added = await addCredit(owner, { user, ...CREDIT });
  const again = await addCredit(owner, { user, ...CREDIT, title: ' FIRST  aid', credits: 1.5 });
  const other = addCredit(owner, { user, ...CREDIT, evidenceUrl });
  expect(await faultOf(other)).toMatchObject({
    ...{ kind: 'conflict', code: 'credit_exists', details: { creditId: added.id } },
  });
  const { id: credit } = added;
  const edited = await editCredit(owner, { user, credit, evidenceUrl, credits: 2 });

  expect(again).toMatchObject({ change: 'unchanged', id: added.id });
  expect(edited).toMatchObject({ change: 'updated', credits: 2, evidenceUrl, version: 2 });
  // The print follows: what was added first is another credit now.
  expect(await addCredit(owner, { user, ...CREDIT })).toMatchObject({ change: 'created' });
  const twice = editCredit(owner, { user, credit, credits: 1.5, ifVersion: 1 });
  expect(await codesOf(twice)).toEqual([
    [null, 'credit_changed'],
    [null, 'credit_exists'],
  ]);
  const cleared = await editCredit(owner, { user, credit, clear: ['evidenceUrl'], ifVersion: 2 });
  expect(cleared).toMatchObject({ evidenceUrl: null });
});

test('a credit says all that is wrong with it', async () => {
  const user = await person();
  const credit = { title: ' ', provider: 'x'.repeat(501), credits: '0', earnedOn: '2026-02-30' };

  const faults = await codesOf(addCredit(owner, { user, ...credit, evidenceUrl: 'http://x.org' }));

  expect(faults).toEqual([
    ['title', 'empty_value'],
    ['provider', 'too_long'],
    ['credits', 'bad_number'],
    ['earnedOn', 'bad_date'],
    ['evidenceUrl', 'bad_evidence'],
  ]);
});

test('a removed credit is deleted; the history keeps its values, of whom it was', async () => {
  const [user, other] = [await person(), await person()];
  const { id: credit, userId } = await addCredit(owner, { user, ...CREDIT });
  const foreign = removeCredit(owner, { user: other, credit });
  expect(await faultOf(foreign)).toMatchObject({ code: 'credit_not_found' });

  expect(await removeCredit(owner, { user, credit })).toMatchObject({ change: 'removed' });

  expect((await listCredits(owner, { user })).credits).toEqual([]);
  expect((await audited(store.db, userId)).map(({ action }) => action)).toEqual([
    ...['credit.add', 'credit.remove'],
  ]);
  const { events } = await userHistory(owner, { user });
  expect(
    events.map(({ action, changes }) => [action, changes?.['credits.First aid.credits']]),
  ).toEqual([
    ['credit.remove', [1.5, null]],
    ['credit.add', [null, 1.5]],
  ]);
});

test('credits list in pages, the newest day first', async () => {
  const user = await person();
  for (const day of ['2026-01-01', '2026-03-01', '2026-02-01', '2026-02-02']) {
    await addCredit(owner, { user, ...CREDIT, earnedOn: day });
  }

  const first = await listCredits(owner, { user, limit: 3 });
  const rest = await listCredits(owner, { user, limit: 3, cursor: first.next ?? '' });

  expect([...first.credits, ...rest.credits].map(({ earnedOn }) => earnedOn)).toEqual([
    ...['2026-03-01', '2026-02-02', '2026-02-01', '2026-01-01'],
  ]);
  expect(rest.next).toBeNull();
});
