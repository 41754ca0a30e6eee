import { createOrganization } from '../../../operations/users/organizations';
import { createProperty } from '../../../operations/users/properties';
import { createUser, editUser, protectUser } from '../../../operations/users/userEdits';
import type { OperationContext } from '../../../operations/context';
import { wordFault } from '../../../wording/next';
import { Fault } from '../../../domain/faults';
import { testDatabase } from '../../support/postgres';
import { actor } from '../../support/users';
import { failureOf } from '../../../cli/failure';
import { tryRound } from '../../../faults/editors';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  await createOrganization(owner, { code: 'SALES', name: 'Sales' });
  await createProperty(owner, { key: 'level', name: 'Level', type: 'number' });
  await createUser(owner, { set: { code: 'HOLDER', email: 'held@example.com' } });
});

async function partsOf(work: Promise<unknown>): Promise<(readonly [string | null, string])[]> {
  const fault = await faultOf(work);
  if (!(fault instanceof Fault)) throw fault;
  return fault.parts.map(({ field, fault: { code } }) => [field, code] as const);
}

test('an edit says all that is wrong with it, and writes nothing', async () => {
  await createUser(owner, { set: { code: 'E-1' } });
  const edit = editUser(owner, {
    user: 'E-1',
    set: {
      ...{ email: 'held@example.com', code: 'HOLDER', hireDate: '31.12.2024', manager: 'nobody' },
      ...{ organization: 'nosuch', 'properties.level': 'high', fristName: 'A', jobTitle: 'Boss' },
    },
    clear: ['status', 'nosuch'],
    release: ['jobTitle', 'more'],
    ifVersion: 3,
  });

  expect((await partsOf(edit)).sort()).toEqual(
    [
      ...[
        ['status', 'cannot_clear'],
        ['nosuch', 'unknown_field'],
        ['hireDate', 'bad_date'],
      ],
      ...[
        ['manager', 'user_not_found'],
        ['organization', 'unknown_organization'],
      ],
      ...[
        ['properties.level', 'bad_number'],
        ['fristName', 'unknown_field'],
      ],
      ...[
        ['more', 'unknown_field'],
        ['jobTitle', 'set_and_released'],
      ],
      ...[
        ['email', 'key_taken'],
        ['code', 'key_taken'],
        [null, 'user_changed'],
      ],
    ].sort(),
  );
  expect(await editUser(owner, { user: 'E-1', ifVersion: 1 })).toMatchObject({ jobTitle: null });
});

test('a new user, too; a refused key is not said to be missing as well', async () => {
  expect(await partsOf(createUser(owner, { set: { email: 'x', leaveDate: 'y' } }))).toEqual([
    ['email', 'bad_email'],
    ['leaveDate', 'bad_date'],
  ]);
  expect(
    await faultOf(createUser(await actor(store.db, 'manager'), { set: { hireDate: 'y' } })),
  ).toMatchObject({
    kind: 'usage',
    code: 'bad_date',
    parts: [
      { fault: { code: 'bad_date' } },
      { fault: { code: 'organization_needed' } },
      { fault: { code: 'no_key' } },
    ],
  });
});

test('the command line prints every fault, and lists them for programs', async () => {
  const fault = await faultOf(createUser(owner, { set: { email: 'x', status: 'gone' } }));
  const { exit, text, document } = failureOf(fault, { debug: false, help: 'rollcall help' });

  expect(exit).toBe(2);
  expect(text).toBe(
    'error: email has to be an e-mail address, not "x".\n' +
      'error: status has to be active or inactive, not "gone".\nnext:  rollcall help\n',
  );
  expect(document.error).toMatchObject({
    code: 'bad_email',
    faults: [
      { field: 'email', code: 'bad_email' },
      { field: 'status', code: 'unknown_status' },
    ],
  });
});

test('an edit for another version is refused, and says what changed, by whom and when', async () => {
  const { version } = await createUser(owner, { set: { code: 'V-1', lastName: 'Berg' } });
  const other = await actor(store.db, 'admin');
  await editUser(other, { user: 'V-1', set: { lastName: 'Maier' }, ifVersion: version });
  await protectUser(owner, { user: 'V-1', on: true });

  const fault = await faultOf(
    editUser(owner, { user: 'V-1', set: { lastName: 'Meyer' }, ifVersion: version }),
  );

  expect(fault).toMatchObject({
    kind: 'conflict',
    code: 'user_changed',
    details: {
      version: version + 2,
      changes: [
        { action: 'user.protect', field: 'protected', value: true, by: 'owner' },
        { action: 'user.edit', field: 'lastName', value: 'Maier', source: null },
      ],
    },
  });
  if (!(fault instanceof Fault)) throw fault;
  expect(wordFault(fault)).toMatch(
    /^The edit is for version 1 of the user, who has version 3 now\. Last changes: protected is true \(owner, .* UTC\); lastName is "Maier" \(admin .*UTC\)\.$/,
  );
});

test('of two editors with the same version exactly one wins (npm run faults -- editors)', async () => {
  await createUser(owner, { set: { code: 'RACE' } });
  const editors = [owner, await actor(store.db, 'admin')];

  for (let round = 1; round <= 20; round++) {
    expect(await tryRound(editors, { user: 'RACE', round, seed: 7 })).toEqual([]);
  }
});
