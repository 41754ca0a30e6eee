import { generateKeyPairSync } from 'node:crypto';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { composeMessage, senderOf } from '../../../connectors/delivery/smtp/compose';

const PARTS = {
  from: senderOf('Learning <learning@example.com>'),
  to: { name: 'Żaneta "Z" <x@y>', address: 'zaneta@example.com' },
  letter: { subject: 'Witaj, Żaneta', text: 'Cześć\n.\nlinia', html: '<p>Cześć</p>' },
  messageId: '<id.1.mac@example.com>',
};

test('a message reads back as it was given', async () => {
  const raw = await composeMessage({ ...PARTS, replyTo: 'help@example.com' });

  const read = await simpleParser(raw);

  expect(read.subject).toBe('Witaj, Żaneta');
  expect(read.text?.trim()).toBe('Cześć\n.\nlinia');
  expect(read.html).toContain('<p>Cześć</p>');
  expect(read.messageId).toBe('<id.1.mac@example.com>');
  expect(read.from?.value).toEqual([{ name: 'Learning', address: 'learning@example.com' }]);
  expect([read.to].flat().flatMap((to) => to?.value ?? [])).toEqual([
    { name: 'Żaneta "Z" <x@y>', address: 'zaneta@example.com' },
  ]);
  expect(read.replyTo?.text).toBe('help@example.com');
  expect(read.headers.get('auto-submitted')).toBe('auto-generated');
});

const LONG = 'a line that is longer than the lines of a mail may be '.repeat(3);
const BODIES: readonly (readonly [string, { text: string; html: string | null }])[] = [
  ['plain text', { text: 'Hello\n.\nBye', html: null }],
  ['long lines', { text: `${LONG}\r\n\n${LONG}= \n`, html: `<p>${LONG}</p>` }],
  ['accents', { text: `Cześć ${LONG}`, html: `<p>Cześć\t\n${LONG}</p>\n` }],
  ['Cyrillic', { text: 'Здравствуйте, '.repeat(30), html: `<p>${'Привет '.repeat(200)}</p>` }],
  ['no text', { text: '', html: '<p>x</p>' }],
];

test.each(BODIES)('a message with %s is the one that nodemailer streams', async (_, body) => {
  const date = new Date('2026-01-05T10:00:00Z');
  const letter = { subject: `Witaj ${LONG}`, ...body };
  const streamed = await new MailComposer({
    ...{ from: PARTS.from, to: PARTS.to, subject: letter.subject.trim(), text: body.text },
    ...(body.html === null ? {} : { html: body.html }),
    ...{ messageId: PARTS.messageId, date, newline: 'windows' },
    headers: { 'Auto-Submitted': 'auto-generated' },
  })
    .compile()
    .build();

  const raw = await composeMessage({ ...PARTS, letter, date });

  const withoutBoundary = (bytes: Buffer) =>
    bytes.toString().replace(/--_NmP-[\w-]+-Part_\d/g, '--');
  expect(withoutBoundary(raw)).toBe(withoutBoundary(streamed));
});

test('no value begins a header of its own', async () => {
  const evil = 'x\r\nBcc: all@example.com\u2028y';
  const raw = await composeMessage({
    ...PARTS,
    to: { name: evil, address: 'a@example.com' },
    letter: { subject: evil, text: 'hi', html: null },
    unsubscribe: `mailto:u@example.com${evil}`,
  });

  const [head = ''] = raw.toString().split('\r\n\r\n', 1);

  expect(head).not.toMatch(/^Bcc/im);
  expect(head).not.toMatch(/[^\r]\n/);
});

test.each([
  ['=?utf-8?Q?Caf=C3=A9?=', '= ?utf-8?Q?Caf=C3=A9?='],
  ['Ann =?utf-8?Q?a b?= "B"', 'Ann = ?utf-8?Q?a b?= "B"'],
  ['  Ann \u3000 \v B\0ell\u009f ', 'Ann Bell'],
])('a reader decodes nothing in %j that was not encoded', async (written, name) => {
  const raw = await composeMessage({
    ...PARTS,
    to: { name: written, address: 'a@example.com' },
    letter: { subject: written, text: 'hi', html: null },
  });

  const read = await simpleParser(raw);

  expect([read.to].flat().flatMap((to) => to?.value ?? [])).toEqual([
    { name, address: 'a@example.com' },
  ]);
  expect(read.subject).toBe(name.replace('= ?', '=?'));
});

test('a message is signed for the domain of the key', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  const dkim = { domain: 'example.com', selector: 'mail', privateKey: pem };
  const raw = await composeMessage({ ...PARTS, dkim });

  const signature =
    raw
      .toString()
      .split('\r\nFrom:', 1)[0]
      ?.replace(/\r\n\s+/g, ' ') ?? '';
  expect(signature).toMatch(/^DKIM-Signature: /);
  expect(signature).toMatch(/ d=example\.com;.* s=mail;/);
  expect((await simpleParser(raw)).subject).toBe('Witaj, Żaneta');
});
