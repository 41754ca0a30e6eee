import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageIdOf } from '../../../connectors/delivery/messageId';
import { importBounces, type BouncesImport } from '../../../operations/letters/bounces';
import { newId } from '../../../store/database/db';
import { suppressedAmong } from '../../../store/letters/suppressions';
import * as forms from '../../support/letters/bounceForms';
import { sentCampaign, type SentCampaign } from '../../support/letters/sent';
import { testDatabase } from '../../support/postgres';
import { chunksOf, ownerOf } from '../support';

const store = testDatabase();
const key = randomBytes(32);
const folder = mkdtempSync(join(tmpdir(), 'rollcall-bounces-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function imported(
  from: string | readonly string[],
  o: { readonly dryRun?: boolean; readonly keys?: readonly Buffer[] } = {},
): Promise<BouncesImport> {
  const { keys = [key], dryRun = false } = o;
  const messages = typeof from === 'string' ? from : chunksOf(forms.mbox(from));
  return importBounces({ ...ownerOf(store), keys }, { from: messages, dryRun });
}

async function statesOf({ campaignId }: SentCampaign): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ is: string }>(
    `select concat_ws(' ', state, enhanced, smtp_code) as is from delivery where campaign_id = $1 order by n`,
    [campaignId],
  );
  return rows.map(({ is }) => is);
}

async function suppressed(...addresses: readonly string[]): Promise<string[]> {
  const found = await suppressedAmong(store.db.pool, { keys: [key], addresses });
  return addresses.map((address) => found.get(address) ?? 'no');
}

/** Everything that an import may write. */
async function everything(): Promise<unknown> {
  const { rows } = await store.db.pool.query(
    `select (select md5(string_agg(d.xmin || d::text, '|' order by campaign_id, n)) from delivery d) as deliveries,
       (select md5(string_agg(b.xmin || b::text, '|' order by message_sha)) from bounce b) as bounces,
       (select md5(string_agg(s.xmin || s::text, '|' order by address_hash, reason)) from suppression s) as suppressed,
       (select count(*) from audit_event) as events`,
  );
  return rows;
}

const person = (name: string): string => `${name}.${randomBytes(4).toString('hex')}@example.org`;
const people = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => person(`p${String(n)}`));

const ALL = [
  forms.postfix,
  forms.exim,
  forms.openSmtpd,
  forms.exchange,
  forms.gmail,
  forms.oldExim,
];

test('three hundred bounces of six kinds find their letters, once, and nobody else’s', async () => {
  const sent = await sentCampaign(store.db, { addresses: people(320) });
  const { rows } = await store.db.pool.query<{ address: string }>(
    'select address from delivery where campaign_id = $1 order by n',
    [sent.campaignId],
  );
  const failure = (n: number): forms.Failure => ({
    address: rows[n - 1]?.address ?? '',
    messageId: sent.messageId(n, key),
    status: '5.1.1',
    reply: '550 5.1.1 User unknown',
    n,
  });
  const bounces = Array.from({ length: 300 }, (_, n) => {
    const form = ALL[n % ALL.length] ?? forms.postfix;
    return form(failure(n + 1));
  });
  const others = Array.from({ length: 20 }, (_, n) => [
    forms.outOfOffice(failure(301 + n)),
    // Made up: the sign of another installation.
    forms.postfix({ ...failure(301 + n), messageId: sent.messageId(301 + n, randomBytes(32)) }),
    // A reply to our letter that came back to the one who replied.
    forms
      .gmail({ ...failure(301 + n), messageId: `<reply-${String(n)}@example.org>` })
      .replace('\nDate:', `\nReferences: ${sent.messageId(301 + n, key)}\nDate:`),
  ]).flat();
  const path = join(folder, 'all.mbox');
  writeFileSync(path, forms.mbox([...bounces, ...others]));

  const first = await imported(path);
  const after = await everything();
  const again = await imported(path);

  expect(first).toMatchObject({
    messages: 360,
    bounced: 300,
    others: 20,
    unmatched: 40,
    unreadable: 0,
  });
  const states = await statesOf(sent);
  expect(states.slice(300)).toEqual(Array<string>(20).fill('accepted'));
  // OpenSMTPD gives no reply.
  expect(new Set(states.slice(0, 300))).toEqual(new Set(['bounced 5.1.1 550', 'bounced 5.0.0']));
  expect(again).toMatchObject({ messages: 360, known: 340, bounced: 0, others: 20, suppressed: 0 });
  expect(await everything()).toEqual(after);
});

test('a dry run counts the same and writes nothing', async () => {
  const address = person('dry');
  const sent = await sentCampaign(store.db, { addresses: [address] });
  const messageId = sent.messageId(1, key);
  const messages = [
    forms.exchange({ address, messageId, status: '5.1.10', reply: '550 5.1.10 Gone' }),
  ];
  const before = await everything();

  const dry = await imported(messages, { dryRun: true });
  const unchanged = await everything();
  const real = await imported(messages);

  expect(unchanged).toEqual(before);
  expect(dry).toMatchObject({ bounced: 1, suppressed: 1 });
  expect({ ...real, dryRun: true }).toEqual(dry);
});

test('an address is suppressed by a code that speaks of it, at the third failure without one, and never by others', async () => {
  const [gone, full, policy, vague] = [person('a'), person('b'), person('c'), person('d')];
  const codes = ['5.1.1', '5.2.2', '5.7.1', '5.0.0'];
  const one = await sentCampaign(store.db, { addresses: [gone, full, policy, vague] });
  const send = async (sent: SentCampaign): Promise<void> => {
    await imported(
      [gone, full, policy, vague].map((address, at) =>
        forms.postfix({ address, messageId: sent.messageId(at + 1, key), status: codes[at] ?? '' }),
      ),
    );
  };
  const states: string[][] = [];

  const { userIds } = one;
  await send(one);
  states.push(await suppressed(gone, full, policy, vague));
  for (let round = 0; round < 2; round++) {
    await send(await sentCampaign(store.db, { addresses: [gone, full, policy, vague], userIds }));
    states.push(await suppressed(gone, full, policy, vague));
  }

  expect(states).toEqual([
    ['hard_bounce', 'no', 'no', 'no'],
    ['hard_bounce', 'no', 'no', 'no'],
    ['hard_bounce', 'no', 'no', 'hard_bounce'],
  ]);
});

test('a bounce closes what is still with its sender, and leaves what failed alone', async () => {
  const states = ['planned', 'claimed', 'accepted', 'unknown', 'failed', 'skipped'] as const;
  const results: string[] = [];

  for (const state of states) {
    const address = person(state);
    const sent = await sentCampaign(store.db, { addresses: [address], state });
    const { bounced } = await imported([
      forms.exim({
        address,
        messageId: sent.messageId(1, key),
        status: '5.0.0',
        reply: '550 5.1.1 no',
      }),
    ]);
    results.push(`${String(bounced)} ${(await statesOf(sent)).join()}`);
  }

  const closed = '1 bounced 5.1.1 550';
  expect(results).toEqual([closed, closed, closed, closed, '0 failed', '0 skipped']);
});

test('a delay is a note, a complaint suppresses, and a failure at another address says nothing of this one', async () => {
  const [late, angry, forwards] = [person('late'), person('angry'), person('forwards')];
  const sent = await sentCampaign(store.db, { addresses: [late, angry, forwards] });
  const id = (n: number): string => sent.messageId(n, key);

  const result = await imported([
    forms.postfix({ address: late, messageId: id(1), status: '4.4.1', action: 'delayed' }),
    forms.complaint({ address: angry, messageId: id(2), status: '' }),
    forms.gmail({ address: person('elsewhere'), messageId: id(3), status: '5.1.1' }),
  ]);

  expect(result).toMatchObject({ delayed: 1, complaints: 1, bounced: 1, suppressed: 1 });
  expect(await statesOf(sent)).toEqual(['accepted', 'accepted', 'bounced 5.1.1']);
  expect(await suppressed(late, angry, forwards)).toEqual(['no', 'complaint', 'no']);
});

test('ENVID, the address that the bounce came to, and the key before all name a letter', async () => {
  const addresses = people(4);
  const sent = await sentCampaign(store.db, { addresses });
  const envelope = (n: number, by = key): string =>
    sent.messageId(n, by).slice(1, -1).replace(/@.*/, '');
  const older = randomBytes(32);
  const other = '<other@example.org>';
  const [one = '', two = '', three = '', four = ''] = addresses;
  const inline = forms
    .exim({ address: four, messageId: sent.messageId(4, key), status: '5.0.0' })
    .replace('message/rfc822', 'message/rfc822\nContent-Disposition: inline');
  const withoutLetter = forms
    .openSmtpd({ address: two, messageId: '', status: '5.0.0' })
    .replace(/--\S+\nContent-Description: Message headers[^]*?(?=--\S+--)/, '')
    .replace('bounces@', `bounces+${envelope(2)}@`);

  const result = await imported(
    [
      forms.postfix({ address: one, messageId: other, envelopeId: envelope(1), status: '5.1.1' }),
      withoutLetter,
      forms.postfix({ address: three, messageId: sent.messageId(3, older), status: '5.1.1' }),
      inline,
    ],
    { keys: [key, older] },
  );

  expect(result).toMatchObject({ bounced: 4, unmatched: 0 });
});

test('a folder, a table and a message on its own are read, and what is no message stops none', async () => {
  const addresses = people(4);
  const sent = await sentCampaign(store.db, { addresses });
  const [one = '', two = '', three = '', four = ''] = addresses;
  const inbox = mkdtempSync(join(folder, 'inbox-'));
  const failed = (address: string, n: number): forms.Failure => ({
    ...{ address, messageId: sent.messageId(n, key), status: '5.1.1' },
  });
  writeFileSync(join(inbox, '1.eml'), forms.gmail(failed(one, 1)).replaceAll('\n', '\r\n'));
  writeFileSync(join(inbox, '2'), `${'x'.repeat(11 << 20)}\n`);
  writeFileSync(join(inbox, '3.eml'), Buffer.from([0x22, 255, 10, 10, 0]));
  writeFileSync(
    join(inbox, '4.csv'),
    `Message ID;Event;Reason;Email\n${sent.messageId(2, key)};hard_bounce;"550 5.1.1 gone";${two}\n;bounce;;x@example.org\n`,
  );
  const gone = messageIdOf({ campaignId: newId(), n: 1, domain: 'rollcall.example', key });
  writeFileSync(join(inbox, '5.mbox'), forms.mbox([forms.exim(failed(three, 3))]));
  writeFileSync(join(inbox, '6.eml'), forms.exim({ ...failed(four, 4), messageId: gone }));

  const result = await imported(inbox);

  expect(result).toMatchObject({ messages: 7, bounced: 3, others: 1, unmatched: 2, unreadable: 1 });
  expect(result.places).toEqual([
    { place: join(inbox, '2'), code: 'message_too_large' },
    { place: `${join(inbox, '4.csv')}, line 3`, code: 'not_ours' },
    { place: join(inbox, '6.eml'), code: 'delivery_gone' },
  ]);
});

test.each([
  ['envid', ','],
  ['SMTP-Id', ';'],
  ['"Envelope ID"', '\t'],
  ['original_message_id', '|'],
])('a table from the standard input is known by its column %s', async (column, between) => {
  const address = person('table');
  const sent = await sentCampaign(store.db, { addresses: [address] });
  const rows = [
    [column, 'event', 'reason', 'email'],
    // The other delimiters are text of a cell.
    [sent.messageId(1, key), 'hard_bounce', '550 5.1.1 gone, see; a | b', address],
  ];
  const quoted = rows.map((cells) =>
    cells.map((cell) => (cell.includes(between) ? `"${cell}"` : cell)).join(between),
  );

  const result = await importBounces(
    { ...ownerOf(store), keys: [key] },
    { from: chunksOf(`${quoted.join('\n')}\n`) },
  );

  expect(result).toMatchObject({ messages: 1, bounced: 1, others: 0, suppressed: 1 });
});

test('a table that names no letters is refused, and so is a file that is not there', async () => {
  const path = join(folder, 'none.csv');
  writeFileSync(path, 'email,reason\na@example.org,bounced\n');

  await expect(imported(path)).rejects.toMatchObject({ code: 'bad_bounces' });
  await expect(imported(join(folder, 'absent'))).rejects.toMatchObject({ code: 'cannot_read' });
  await expect(imported([], { keys: [] })).rejects.toMatchObject({ code: 'no_secret_key' });
});
