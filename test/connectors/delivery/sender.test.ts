import { SMTPServer } from 'smtp-server';
import { once } from 'node:events';
import { openSender } from '../../../connectors/delivery/smtp/sender';
import type { Sender } from '../../../connectors/delivery/smtp/types';
import type { SmtpFault, SmtpStage } from '../../../company/smtp/faults';
import type { Reply } from '../../../domain/letters/reply';
import { countingServers } from '../../support/smtp';

const open = countingServers();
const senders: Sender[] = [];

afterEach(() => {
  for (const sender of senders.splice(0)) sender.close();
});

function senderTo(url: string, o: { connections?: number; sendMs?: number } = {}): Sender {
  const sender = openSender({ url, from: 'Learning <learning@example.com>', ...o });
  senders.push(sender);
  return sender;
}

const RAW = Buffer.from('Subject: hello\r\n\r\n.dot\r\nbody\r\n');
const ANN = { envelopeTo: 'ann@example.com', messageId: '<id.1.mac@example.com>', raw: RAW };
const OFFERED: readonly { readonly extensions: readonly string[] }[] = [
  { extensions: [] },
  { extensions: ['PIPELINING', 'DSN', 'ENHANCEDSTATUSCODES'] },
];

/** Without the hash of the words. */
function codesOf({ words: _words, quotesRecipient: _quotes, ...codes }: Reply): Reply {
  return codes;
}

const reply = (line: string): SmtpFault => ({ kind: 'reply', line });
const DROP: SmtpFault = { kind: 'drop' };
const CASES: readonly (readonly [SmtpStage, SmtpFault, Reply])[] = [
  ['greeting', DROP, { stage: 'connect', streamRead: false }],
  [
    'greeting',
    reply('421 4.3.2 busy'),
    { code: 421, enhanced: '4.3.2', stage: 'connect', streamRead: false },
  ],
  ['ehlo', DROP, { stage: 'connect', streamRead: false }],
  ['ehlo', reply('421 busy'), { code: 421, stage: 'hello', streamRead: false }],
  ['mail', DROP, { stage: 'connect', streamRead: false }],
  [
    'mail',
    reply('550 5.7.1 no'),
    { code: 550, enhanced: '5.7.1', stage: 'mail', streamRead: false },
  ],
  [
    'mail',
    reply('421 4.3.2 bye'),
    { code: 421, enhanced: '4.3.2', stage: 'mail', streamRead: false },
  ],
  ['rcpt', DROP, { stage: 'connect', streamRead: false }],
  [
    'rcpt',
    reply('550 5.1.1 <ann@example.com> unknown'),
    { code: 550, enhanced: '5.1.1', stage: 'rcpt', streamRead: false },
  ],
  ['rcpt', reply('450 grey'), { code: 450, stage: 'rcpt', streamRead: false }],
  ['rcpt', reply('421 bye'), { code: 421, stage: 'rcpt', streamRead: false }],
  ['data', DROP, { stage: 'connect', streamRead: false }],
  [
    'data',
    reply('451 4.3.0 later'),
    { code: 451, enhanced: '4.3.0', stage: 'data', streamRead: false },
  ],
  ['dot', DROP, { stage: 'content', streamRead: true }],
  ['dot', { kind: 'drop', taken: true }, { stage: 'content', streamRead: true }],
  [
    'dot',
    reply('554 5.6.0 no'),
    { code: 554, enhanced: '5.6.0', stage: 'content', streamRead: true },
  ],
  [
    'dot',
    reply('421 4.3.2 bye'),
    { code: 421, enhanced: '4.3.2', stage: 'content', streamRead: true },
  ],
];

describe.each(OFFERED)('a server that offers $extensions', ({ extensions }) => {
  test.each(CASES)('%s, %o', async (stage, fault, expected) => {
    const server = await open({
      extensions,
      mood: (moment) => (moment.stage === stage ? fault : null),
    });

    const said = await senderTo(server.url).send(ANN);

    expect(codesOf(said)).toEqual(expected);
    expect(server.messages.length).toBeLessThanOrEqual(1);
  });
});

test('a reused connection that is cut before DATA leaves the message unread, and nothing is sent again', async () => {
  const server = await open({
    mood: ({ stage, nth }) => (stage === 'rcpt' && nth === 2 ? DROP : null),
  });
  const sender = senderTo(server.url, { connections: 1 });

  const first = await sender.send(ANN);
  const second = await sender.send({ ...ANN, envelopeTo: 'bob@example.com' });

  expect(first).toMatchObject({ code: 250, stage: 'content' });
  expect(second).toEqual({ stage: 'connect', streamRead: false });
  expect(server.commands.filter((line) => line.startsWith('RCPT'))).toHaveLength(2);
});

test('the bytes arrive as they are, with ENVID and the recipient for delivery reports', async () => {
  const server = await open();

  await senderTo(server.url).send(ANN);

  expect(server.messages.map(({ to, raw }) => [to, raw])).toEqual([
    ['ann@example.com', RAW.toString()],
  ]);
  expect(server.commands).toContain('MAIL FROM:<learning@example.com> RET=HDRS ENVID=id.1.mac');
  expect(server.commands).toContain(
    'RCPT TO:<ann@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ann@example.com',
  );
});

test('refusals that differ in the address and in ids alone have the same words, and say whether they quote it', async () => {
  const lines = [
    reply('550 <ann@example.com>: relay not permitted (id 7f3a-99)'),
    reply('550 <bob@example.com>: relay not permitted (id 80c1-12)'),
    reply('550 unknown user'),
  ];
  const server = await open({
    mood: ({ stage, nth }) => (stage === 'rcpt' ? (lines[nth - 1] ?? null) : null),
  });
  const sender = senderTo(server.url, { connections: 1 });

  const ann = await sender.send(ANN);
  const bob = await sender.send({ ...ANN, envelopeTo: 'bob@example.com' });
  const other = await sender.send(ANN);

  expect(ann.words).toMatch(/^[0-9a-f]{16}$/);
  expect(bob.words).toBe(ann.words);
  expect(other.words).not.toBe(ann.words);
  expect([ann, bob, other].map(({ quotesRecipient }) => quotesRecipient)).toEqual([
    ...[true, true, undefined],
  ]);
});

test('an address that is none is not begun', async () => {
  const server = await open();

  const said = await senderTo(server.url).send({ ...ANN, envelopeTo: 'Ann <ann@example.com>' });

  expect(said).toEqual({ stage: 'address', streamRead: false });
  expect(server.commands).toEqual([]);
});

test('there are never more connections than it may open', async () => {
  const server = await open();
  const sender = senderTo(server.url, { connections: 3 });

  await Promise.all(Array.from({ length: 30 }, () => sender.send(ANN)));

  expect(server.connections.most).toBe(3);
  expect(server.messages).toHaveLength(30);
});

test('a server that never answers is given up before the lease ends', async () => {
  const server = await open({
    mood: ({ stage }) => (stage === 'dot' ? { kind: 'slow', ms: 1_500 } : null),
  });

  const said = await senderTo(server.url, { sendMs: 200 }).send(ANN);

  expect(said).toEqual({ stage: 'content', streamRead: true });
});

test('the password is sent, and a wrong one is refused as such', async () => {
  const server = await open({ auth: { user: 'rollcall', pass: 'p@ss' } });
  const to = (pass: string): string =>
    server.url.replace('//', `//rollcall:${encodeURIComponent(pass)}@`);

  const right = await senderTo(to('p@ss')).send(ANN);
  const wrong = await senderTo(to('no')).send(ANN);

  expect(right).toMatchObject({ code: 250 });
  expect(codesOf(wrong)).toEqual({
    code: 535,
    enhanced: '5.7.8',
    stage: 'auth',
    streamRead: false,
  });
});

test('TLS that is required takes no certificate that cannot be trusted; opportunistic does', async () => {
  // The certificate of smtp-server is known to everybody, and it says so.
  jest.spyOn(console, 'error').mockImplementation();
  const from: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    onData: (stream, { envelope: { mailFrom } }, done) => {
      from.push(mailFrom === false ? '' : mailFrom.address);
      stream.resume();
      stream.on('end', () => {
        done(null, 'Ok');
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const to = (rule: string): string => `smtp://127.0.0.1:${String(port)}?tls=${rule}`;

  const required = await senderTo(to('required')).send(ANN);
  const opportunistic = await senderTo(to('opportunistic')).send(ANN);
  await senderTo(to('opportunistic')).send({ ...ANN, envelopeFrom: 'b+1-A@example.com' });
  for (const sender of senders) sender.close();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });

  expect(from).toEqual(['learning@example.com', 'b+1-A@example.com']);
  expect(required).toMatchObject({ streamRead: false });
  expect(required.code).toBeUndefined();
  expect(opportunistic).toMatchObject({ code: 250, streamRead: true });
});

test('TLS that is required is not given up where the server has none', async () => {
  const server = await open();

  const said = await senderTo(`${server.url}?tls=required`).send(ANN);

  expect(said).toMatchObject({ code: 500, stage: 'hello', streamRead: false });
  expect(server.messages).toEqual([]);
});

test.each([
  ['smtp://example.com?tls=maybe', 'a@example.com', 'bad_smtp_url'],
  ['http://example.com', 'a@example.com', 'bad_smtp_url'],
  ['smtp://example.com', 'Learning', 'bad_mail_from'],
])('%s from %s is refused: %s', (url, from, code) => {
  expect(() => openSender({ url, from })).toThrow(expect.objectContaining({ code }));
});
