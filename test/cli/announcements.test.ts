import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';
import { rollcall } from './harness';
import { cliSettings } from './settings';

const store = testDatabase();
const folder = cliSettings(store, {
  ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
});

beforeAll(async () => {
  await addUsers(store.db.pool, [{ code: 'E-1', email: 'ann@example.org' }]);
});

const text = async (...args: string[]): Promise<string> => (await rollcall(args)).out;

test('an announcement is confirmed by its number, listed, read and retracted', async () => {
  const file = join(folder, 'drill.md');
  writeFileSync(file, 'On **Friday**.\n');
  const send = [
    'announcements',
    'send',
    '--title',
    'Drill',
    '--text',
    `@${file}`,
    '--filter',
    'id pr',
  ];

  const unasked = await rollcall(send);
  const sent = await text(...send, '--expect', '1');
  const list = await text('notifications', 'list', 'E-1');
  const [id = ''] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(sent) ?? [];
  const read = await text('notifications', 'read', 'E-1', id);
  const retracted = await text('announcements', 'retract', id);
  const gone = await text('notifications', 'list', 'E-1');

  expect(unasked.exit).toBe(2);
  expect(sent).toContain('It is in the lists of 1 person.');
  expect(list).toMatch(/Drill.*\n1 unread\n$/);
  expect(read).toBe('1 marked as read, 0 unread.\n');
  expect(retracted).toBe('"Drill" is out of all lists.\n');
  expect(gone).toBe('No announcements.\n');
  expect(await text('announcements', 'list')).toMatch(/Drill +retracted +1/);
});

test('addresses are suppressed, listed and let go, and bounces say what they are', async () => {
  const file = join(folder, 'note.eml');
  writeFileSync(file, 'From: a@example.org\nSubject: Away\n\nI am away.\n');

  const added = await text('suppressions', 'add', 'ann@example.org', '--note', 'by phone');
  const listed = await text('suppressions', 'list', '--address', 'ANN@example.org');
  const removed = await text('suppressions', 'remove', 'ann@example.org');
  const bounces = await rollcall(['bounces', 'import', file]);

  expect(added).toBe('ann@example.org gets no letters from now on (by hand).\n');
  expect(listed).toMatch(/ann@example\.org +by hand .* none +by phone/);
  expect(removed).toBe('ann@example.org gets letters again (was: by hand).\n');
  expect([bounces.exit, bounces.out]).toEqual([
    0,
    '1 message read.\n1 no bounces (absence notes, receipts, other mail).\n',
  ]);
});
