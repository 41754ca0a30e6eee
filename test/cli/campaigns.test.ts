import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sendLetter } from '../../operations/letters/sendLetter';
import { newId } from '../../store/database/db';
import { ownerOf } from '../operations/support';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';
import { rollcall } from './harness';
import { cliSettings, setEnv } from './settings';

const store = testDatabase();
const SMTP_URL = 'smtp://127.0.0.1:9';
const folder = cliSettings(store, {
  ROLLCALL_TEMPORAL_ADDRESS: undefined,
  ROLLCALL_SMTP_URL: SMTP_URL,
  ROLLCALL_MAIL_FROM: 'Learning <learning@example.com>',
});

beforeAll(async () => {
  await addUsers(store.db.pool, [
    { code: 'C1', email: 'c1@example.org', displayName: '=1+1', department: 'Cli' },
    { code: 'C2', department: 'Cli' },
  ]);
});

const FILTER = ['--filter', 'department eq "Cli"'];
const custom = (): string[] => [
  'letters',
  'send',
  '--custom',
  '--subject',
  newId(),
  '--text',
  'Hi',
];
const campaigns = async (): Promise<number> => {
  const { rows } = await store.db.pool.query<{ n: number }>(
    'select count(*)::int as n from campaign',
  );
  return rows[0]?.n ?? 0;
};

describe('letters send', () => {
  test('without a terminal says how many it goes to, and which command confirms that', async () => {
    const ran = await rollcall([...custom(), ...FILTER, '--value', 'a=b c', '--json']);

    expect(ran.exit).toBe(2);
    expect(ran.json()).toMatchObject({
      error: {
        message: expect.stringContaining(
          'the letter goes to 1 person. 1 of the 2 chosen is left out.',
        ),
        next: expect.stringMatching(/^rollcall letters send .*--value='a=b c' --expect 1$/),
      },
    });
    expect(await campaigns()).toBe(0);
  });

  test('at a terminal shows who gets it and asks', async () => {
    const ran = await rollcall([...custom(), ...FILTER], { terminal: true, input: 'n\n' });

    expect({ exit: ran.exit, out: ran.out }).toEqual({ exit: 0, out: 'Nothing was sent.\n' });
    expect(ran.err).toContain('goes to 1 person.\n  =1+1\n');
    expect(ran.err).toContain('Left out: 1 has no e-mail address.');
    expect(ran.err).toContain('Send it to 1 person?');
    expect(await campaigns()).toBe(0);
  });

  test('is refused where no mail server is configured, before anything is frozen', async () => {
    setEnv('ROLLCALL_SMTP_URL', undefined);
    const ran = await rollcall([...custom(), ...FILTER, '--yes', '--json']);
    setEnv('ROLLCALL_SMTP_URL', SMTP_URL);

    expect(ran.exit).toBe(1);
    expect(ran.json()).toMatchObject({ error: { code: 'mail_not_configured' } });
    expect(await campaigns()).toBe(0);
  });

  test('to nobody does nothing, unless a number was expected', async () => {
    const nobody = ['--filter', 'department eq "none"'];

    const nothing = await rollcall([...custom(), ...nobody, '--json']);
    const expected = await rollcall([...custom(), ...nobody, '--expect', '3', '--json']);

    expect(nothing.exit).toBe(0);
    expect(nothing.json()).toEqual({ campaignId: null, state: 'done', chosen: 0 });
    expect(expected.exit).toBe(1);
  });

  test.each([
    [[], 'Name the letter'],
    [['Welcome'], 'Say who gets it'],
    [['--custom', 'C1'], 'needs a subject and a text'],
    [['Welcome', 'C1', '--again', '--skip-recent'], '--again or --skip-recent'],
    [['Welcome', 'C1', '--value', 'x'], '--value takes NAME=TEXT'],
    [['Welcome', 'C1', '--gate', 'deactivations=3'], '--gate takes recipients=N'],
    [['Welcome', 'C1', '--at', 'tomorrow', '--yes'], 'is no local time'],
    [['Welcome', 'C1', '--time-zone', 'UTC', '--yes'], 'give a time (--at)'],
  ])('%j is wrong usage', async (args, said) => {
    const ran = await rollcall(['letters', 'send', ...args]);

    expect(ran.exit).toBe(2);
    expect(ran.err).toContain(said);
  });
});

describe('a campaign', () => {
  let id = '';

  beforeAll(async () => {
    const frozen = await sendLetter(ownerOf(store), {
      request: { custom: { subject: 'Drill', text: 'Hi' }, filter: FILTER[1] ?? '' },
      settings: { sink: true, gate: 0, twoPeople: false, timeZone: 'UTC', keys: [] },
    });
    id = frozen.campaignId;
  });

  test('on hold is listed and shown with the reason, and that it goes to the sink', async () => {
    const list = await rollcall(['campaigns', 'list', '--state', 'held', '--json']);
    const show = await rollcall(['campaigns', 'show', id.slice(0, 34)]);

    expect(list.json()).toMatchObject({
      campaigns: [{ campaignId: id, state: 'held', counts: { planned: 1, skipped: 1 } }],
      next: null,
    });
    expect(show.exit).toBe(0);
    expect(show.out).toContain(`campaign ${id}  one-off letter "Drill"  held\n`);
    expect(show.out).toContain('It goes to the local sink, not to people.\n');
    expect(show.out).toContain('on hold (recipients): It goes to 1 person.');
  });

  test('writes its recipients to a file that a spreadsheet cannot run', async () => {
    const file = join(folder, 'out.csv');
    writeFileSync(file, 'mine');
    const there = await rollcall(['campaigns', 'recipients', id, '--csv', file]);
    const written = await rollcall([
      'campaigns',
      'recipients',
      id,
      '--csv',
      file,
      '--force',
      '--json',
    ]);
    const lines = readFileSync(file, 'utf8').split('\n');

    expect(there.exit).toBe(2);
    expect(written.json()).toEqual({ campaignId: id, file, recipients: 2 });
    expect(lines[0]).toMatch(/^\ufeffn,name,code,state,reason,/);
    expect(
      lines
        .slice(1, 3)
        .map((line) => line.replace(/^[12],/, ''))
        .sort(),
    ).toEqual([
      expect.stringMatching(/^'=1\+1,C1,planned,,/),
      expect.stringMatching(/^C2,C2,skipped,no_address,/),
    ]);
  });

  test('shows recipients in one state, as text and as a document', async () => {
    const text = await rollcall(['campaigns', 'recipients', id, '--state', 'skipped']);
    const json = await rollcall(['campaigns', 'recipients', id, '--state', 'planned', '--json']);

    expect(text.out).toMatch(/^ +[12] {2}skipped {3}C2 \(C2\) {2}no_address\n$/);
    expect(json.json()).toMatchObject({
      campaignId: id,
      recipients: [{ code: 'C1', state: 'planned', address: null, attempts: 0 }],
    });
  });

  test('that does not exist is not found', async () => {
    const ran = await rollcall(['campaigns', 'show', newId(), '--json']);

    expect(ran.exit).toBe(5);
    expect(ran.json()).toMatchObject({ error: { code: 'campaign_not_found' } });
  });
});

test('letters preview writes over a file that exists only when it is forced', async () => {
  const file = join(folder, 'drill.html');
  writeFileSync(file, 'mine');
  const content = [
    '--subject',
    'Drill',
    '--text',
    'On {{ values.day }}',
    '--variable',
    'values.day',
  ];
  await rollcall(['letters', 'create', '--name', 'Drill', ...content]);
  const preview = ['letters', 'preview', 'Drill', 'C1', '--value', 'day=Monday'];

  const refused = await rollcall([...preview, '--write-html', file]);
  const kept = readFileSync(file, 'utf8');
  const forced = await rollcall([...preview, '--write-html', file, '--force']);

  expect([refused.exit, kept, forced.exit]).toEqual([2, 'mine', 0]);
  expect(refused.err).toMatch(
    /preview Drill C1 --value='?day=Monday'? --write-html .*drill-2\.html/,
  );
  expect(readFileSync(file, 'utf8')).toContain('On Monday');
});
