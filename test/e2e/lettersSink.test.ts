import { logsOf } from '../support/privacy/traces';
import { TestStack } from '../support/stack';
import { printJson } from './client';

const stack = new TestStack();
const json = (...args: readonly string[]) => printJson(stack, ...args);

beforeAll(async () => {
  await stack.up();
  for (const [code, name, email] of [
    ['L-1', 'Anna', 'anna@example.com'],
    ['L-2', 'Zoë', 'zoe@example.com'],
    ['L-3', 'Nobody', ''],
  ] as const) {
    const address = email === '' ? [] : ['--email', email];
    await json('users', 'create', '--code', code, '--first-name', name, ...address);
  }
}, 120_000);

afterAll(async () => {
  await stack.remove();
}, 60_000);

test('a letter is made, sent once to everyone with an address, and lies in the sink', async () => {
  const made = await json(
    ...['letters', 'create', '--name', 'Welcome', '--subject', 'Welcome, {{ user.firstName }}'],
    ...['--text', 'Your login is {{ user.login }}.', '--html', '<p>Hi {{ user.firstName }}</p>'],
  );

  const sent = await json('letters', 'send', 'Welcome', 'L-1', 'L-2', 'L-3', '--expect', '2');
  const shown = await json('campaigns', 'show', String(sent.document['campaignId']));
  const again = await json('letters', 'send', 'Welcome', 'L-1', '--yes');
  const list = await json('mail', 'list');

  expect(made.exit).toBe(0);
  expect(sent).toMatchObject({
    exit: 0,
    document: { state: 'done', sink: true, counts: { accepted: 2, skipped: 1, unknown: 0 } },
  });
  expect(shown.document).toMatchObject({ state: 'done', counts: { accepted: 2 } });
  expect(again).toMatchObject({ exit: 1, document: { error: { code: 'sent_recently' } } });
  expect(list.document['letters']).toEqual(
    expect.arrayContaining(
      [
        { to: 'anna@example.com', subject: 'Welcome, Anna' },
        { to: 'zoe@example.com', subject: 'Welcome, Zoë' },
      ].map((letter) => expect.objectContaining(letter)),
    ),
  );
  expect(list.document['letters']).toHaveLength(2);
}, 60_000);

test('what is said of a campaign is that it goes to the sink, not to people', async () => {
  const sent = await stack.run('letters', 'send', 'Welcome', 'L-2', '--again', '--yes');
  const { document } = await json('mail', 'list', '--to', 'ZOE@example.com', '--limit', '1');
  const [letter] = Object.values(document['letters'] ?? {});
  const { stdout } = await stack.run('mail', 'show', letter.id);

  expect(sent.exit).toBe(0);
  expect(sent.stdout).toContain('local sink, not to people');
  expect(stdout).toContain('Your login is zoe@example.com.');
}, 60_000);

test('no log says who got a letter, and none quotes one', () => {
  const logs = logsOf(stack.data);
  const said = logs.filter(({ bytes }) =>
    /(anna|zoe)@example|Welcome, (Anna|Zo)|Your login/i.test(bytes.toString()),
  );

  expect(logs.map(({ what }) => what)).toContain('mail.log');
  expect(said.map(({ what }) => what)).toEqual([]);
});
