import { generateKeyPairSync } from 'node:crypto';
import type { OperationContext } from '../../../operations/context';
import {
  archiveLetter,
  createLetter,
  duplicateLetter,
  editLetter,
  listLetters,
  showLetter,
  type CreateLetter,
  type LetterView,
} from '../../../operations/letters/letters';
import { letterFor } from '../../../operations/letters/preview';
import { testLetter } from '../../../operations/letters/testLetter';
import { createProperty } from '../../../operations/users/properties';
import { createOrganization, setOrganization } from '../../../operations/users/organizations';
import { countMissing } from '../../../store/letters/missing';
import { testDatabase } from '../../support/postgres';
import { countingServers } from '../../support/smtp';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
const smtp = countingServers();
let owner: OperationContext;
let n = 0;

beforeAll(async () => {
  owner = await actor(store.db);
  await createProperty(owner, { key: 'shift', name: 'Shift', type: 'text' });
});

function create(given: Partial<CreateLetter> = {}, context = owner): Promise<LetterView> {
  n += 1;
  return createLetter(context, {
    name: `Letter ${String(n)}`,
    subject: 'Hello {{ user.firstName }}',
    text: 'Dear {{ user.name }},\nsee you.\n',
    ...given,
  });
}

async function events(letterId: string): Promise<unknown[]> {
  const { rows } = await store.db.pool.query<{ action: string; fields: string[] }>(
    `select action, fields from audit_event where subject_type = 'letter' and subject_id = $1 order by id`,
    [letterId],
  );
  return rows.map(({ action, fields }) => [action, fields]);
}

test('a letter is kept as it was written, found by its name in any case, and recorded in the audit', async () => {
  const html = '<p>Hi {{ user.properties.shift }}, until {{ values.day }}</p>';
  const letter = await create({
    name: '  Welcome   2026 ',
    text: '\ufeffDear\r\nall',
    html,
    variables: ['values.day=Friday', 'user.firstName=colleague'],
    category: 'optional',
  });

  expect(await showLetter(owner, 'WELCOME 2026')).toEqual(letter);
  expect(letter).toMatchObject({
    name: 'Welcome 2026',
    text: 'Dear\nall',
    html,
    variables: [
      { path: 'values.day', default: 'Friday' },
      { path: 'user.firstName', default: 'colleague' },
    ],
    category: 'optional',
    version: 1,
    archivedAt: null,
  });
  expect(await events(letter.letterId)).toEqual([
    ['letter.create', ['name', 'subject', 'category', 'text', 'html', 'variables']],
  ]);
});

test('everything that is wrong with a letter is said at once, with its place', async () => {
  const fault = await faultOf(
    create({
      name: ' ',
      subject: 'Hello\nBcc: all@example.org {{ user.nick }}',
      text: 'a\n{{ values.day }} {% include "b" %}',
      html: '{{ user.properties.shfit }} {{ values.day }}',
      variables: ['values.a b', 'values.x', 'values.x=1'],
      category: 'private',
    }),
  );

  expect(fault).toMatchObject({ kind: 'usage' });
  const parts = fault instanceof Error && 'parts' in fault ? fault.parts : [];
  const said = Array.isArray(parts)
    ? parts.map((part: { field: string; fault: Error }) => `${part.field}: ${part.fault.message}`)
    : [];
  expect(said).toEqual([
    expect.stringContaining('name: The name of a letter has 1 to 100'),
    'subject: The subject has a line break or a control character: it is one line.',
    expect.stringContaining('variable: "values.a b" declares no variable'),
    expect.stringContaining('variable: "values.x" is declared twice'),
    expect.stringContaining('category: A letter is administrative or optional'),
    'text: Text, line 2, column 18: tag "include" not found.',
    'subject: Subject, line 2, column 25: "user.nick" is nothing that a letter can say. Did you mean user.name?',
    'html: HTML, line 1, column 4: "user.properties.shfit" is nothing that a letter can say. Did you mean user.properties.shift?',
    'html: HTML, line 1, column 32: "values.day" is not declared. Declare it: --variable values.day, or values.day=DEFAULT.',
  ]);
  expect((await listLetters(owner)).letters.map(({ name }) => name)).not.toContain('');
});

test('a name is taken until its letter is archived, and comes back only while it is free', async () => {
  const first = await create({ name: 'Taken' });

  expect(await faultOf(create({ name: 'TAKEN' }))).toMatchObject({ code: 'letter_exists' });
  await archiveLetter(owner, { letter: 'taken' });
  const second = await create({ name: 'Taken' });

  expect((await showLetter(owner, 'Taken')).letterId).toBe(second.letterId);
  expect((await showLetter(owner, first.letterId)).archivedAt).not.toBeNull();
  expect(await faultOf(archiveLetter(owner, { letter: first.letterId, undo: true }))).toMatchObject(
    { code: 'letter_exists' },
  );
  expect(
    await faultOf(editLetter(owner, { letter: first.letterId, subject: 'Other' })),
  ).toMatchObject({ code: 'letter_archived' });
  expect(await faultOf(editLetter(owner, { letter: 'Letter', name: 'taken' }))).toMatchObject({
    code: 'letter_not_found',
  });
  await editLetter(owner, { letter: 'Taken', name: 'Free again' });
  const back = await archiveLetter(owner, { letter: first.letterId, undo: true });
  expect(back).toMatchObject({ name: 'Taken', archivedAt: null });
  expect(await faultOf(editLetter(owner, { letter: 'Free again', name: 'taken' }))).toMatchObject({
    code: 'letter_exists',
  });
});

test('of two edits that began from the same version the later one is refused, also at the same moment', async () => {
  const { letterId, version } = await create();

  const edited = await editLetter(owner, { letter: letterId, text: 'One', ifVersion: version });
  const stale = await faultOf(
    editLetter(owner, { letter: letterId, text: 'Two', ifVersion: version }),
  );
  const same = await editLetter(owner, { letter: letterId, text: 'One' });
  const both = await Promise.allSettled(
    ['Three', 'Four'].map((text) =>
      editLetter(owner, { letter: letterId, text, ifVersion: edited.version }),
    ),
  );

  expect(edited.version).toBe(2);
  expect(stale).toMatchObject({ code: 'letter_changed', details: { version: 2 } });
  expect(same.version).toBe(2);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await events(letterId)).toEqual([
    ['letter.create', expect.anything()],
    ['letter.edit', ['text']],
    ['letter.edit', ['text']],
  ]);
});

test('an edit is checked together with what the letter has already', async () => {
  const { letterId } = await create({
    text: '{{ values.day }}',
    variables: ['values.day'],
    html: '<p>{{ values.day }}</p>',
  });

  const fault = await faultOf(editLetter(owner, { letter: letterId, variables: ['values.room'] }));
  const edited = await editLetter(owner, { letter: letterId, html: '' });

  expect(fault).toMatchObject({ code: 'bad_letter' });
  expect(edited.html).toBeNull();
});

test('a copy is a letter of its own', async () => {
  const { letterId, name } = await create({ variables: ['user.firstName=you'] });

  const copy = await duplicateLetter(owner, { letter: name, name: `${name} copy` });
  await editLetter(owner, { letter: copy.letterId, text: 'Other' });

  expect(copy).toMatchObject({
    version: 1,
    variables: [{ path: 'user.firstName', default: 'you' }],
  });
  expect((await showLetter(owner, letterId)).text).not.toBe('Other');
});

test('letters are listed page by page', async () => {
  await create({ name: 'a first one' });

  const first = await listLetters(owner, { limit: 1 });
  const next = await listLetters(owner, { limit: 1000, cursor: first.next ?? '' });

  expect(first.letters.map(({ name }) => name)).toEqual(['a first one']);
  expect(next.letters.map(({ name }) => name)).not.toContain('a first one');
  expect(next.next).toBeNull();
});

test('a preview is what a person would get, with what is missing, and follows the organization', async () => {
  const { id: organizationId } = await createOrganization(owner, { code: 'NORTH', name: 'North' });
  await setOrganization(owner, {
    code: 'NORTH',
    mailName: 'Academy North',
    replyTo: 'north@example.org',
  });
  await addUsers(store.db.pool, [
    { code: 'P-1', firstName: 'Ada', hireDate: '2026-01-05', organizationId },
  ]);
  const { name } = await create({
    subject: '{{ user.firstName }} {{ user.lastName }}',
    text: '{{ organization.name }} {{ values.day }} {{ user.hireDate | date: "%d.%m." }} {{ sender.name }}',
    variables: ['values.day'],
  });

  const preview = await letterFor(owner, { letter: name, user: 'P-1' });
  const given = await letterFor(owner, { letter: name, user: 'P-1', values: { day: 'Monday' } });

  expect(preview).toMatchObject({
    subject: 'Ada',
    text: expect.stringMatching(/^North \[day\] 05\.01\. \S/),
    fromName: 'Academy North',
    replyTo: 'north@example.org',
    valuesNotGiven: ['day'],
    gaps: ['user.lastName'],
  });
  expect(given.text).toContain('North Monday');
  expect(await faultOf(letterFor(owner, { letter: name, values: { dya: 'x' } }))).toMatchObject({
    code: 'values_unknown',
  });
});

test('a manager reads and previews letters for the own people, and writes none', async () => {
  const { id: south } = await createOrganization(owner, { code: 'SOUTH', name: 'South' });
  const manager = await actor(store.db, 'manager', [south]);
  const { name } = await create();
  await addUsers(store.db.pool, [{ code: 'OUT-1' }]);

  expect((await showLetter(manager, name)).name).toBe(name);
  expect(await faultOf(letterFor(manager, { letter: name, user: 'OUT-1' }))).toMatchObject({
    kind: 'not_found',
  });
  expect(await faultOf(create({}, manager))).toMatchObject({ code: 'forbidden' });
  expect(await faultOf(archiveLetter(manager, { letter: name }))).toMatchObject({
    code: 'forbidden',
  });
});

test('people without a value are counted for each path', async () => {
  const ids = await addUsers(store.db.pool, [
    { code: 'M-1', firstName: 'Ada', properties: { shift: 'night' } },
    { code: 'M-2', firstName: '' },
    { code: 'M-3' },
  ]);
  const people = { sql: 'select unnest($1::uuid[]) as id', values: [ids] };
  const paths = ['user.firstName', 'user.properties.shift', 'organization.name', 'user.code'];

  expect(await countMissing(store.db.pool, { paths, people })).toEqual([
    { path: 'user.firstName', people: 2 },
    { path: 'user.properties.shift', people: 2 },
    { path: 'organization.name', people: 3 },
  ]);
});

test('how an organization signs letters is one line and a mail address', async () => {
  await createOrganization(owner, { code: 'EAST', name: 'East' });

  const fault = await faultOf(
    setOrganization(owner, { code: 'EAST', mailName: 'A\nBcc: x@y.org', replyTo: 'nobody' }),
  );
  await setOrganization(owner, { code: 'EAST', mailName: 'East academy' });
  const cleared = await setOrganization(owner, { code: 'EAST', mailName: '' });

  expect(fault).toMatchObject({
    kind: 'usage',
    parts: [{ field: 'mailName' }, { field: 'replyTo' }],
  });
  expect(cleared).toMatchObject({ mailName: null, replyTo: null });
});

test('a test goes once to the address that is given, as the person would get the letter', async () => {
  const server = await smtp();
  const { id: organizationId } = await createOrganization(owner, { code: 'WEST', name: 'West' });
  await setOrganization(owner, {
    code: 'WEST',
    mailName: 'West academy',
    replyTo: 'w@example.org',
  });
  await addUsers(store.db.pool, [{ code: 'T-1', firstName: 'Zoë', organizationId }]);
  const text = 'For {{ user.firstName }}.';
  const { name, letterId } = await create({ text, category: 'optional' });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const settings = {
    mail: { url: server.url, from: 'Learning <learn@example.com>', sink: false },
    delivery: {
      dkim: { domain: 'example.com', selector: 'mail', privateKey },
      unsubscribe: 'https://example.com/off',
    },
    rendering: {},
  };

  const sent = await testLetter(
    owner,
    { letter: name, to: 'me@example.org', user: 'T-1' },
    settings,
  );
  server.setMood(({ stage }) =>
    stage === 'rcpt' ? { kind: 'reply', line: '550 5.1.1 <me@example.org> unknown' } : null,
  );
  const fault = await faultOf(testLetter(owner, { letter: name, to: 'me@example.org' }, settings));
  const bad = await faultOf(testLetter(owner, { letter: name, to: 'me' }, settings));

  expect(server.counts()).toEqual(new Map([['me@example.org', 1]]));
  const raw = server.messages[0]?.raw ?? '';
  expect(raw).toContain('From: West academy <learn@example.com>');
  expect(raw).toContain('Reply-To: w@example.org');
  expect(raw).toMatch(/^To: .*Zo.* <me@example\.org>/m);
  expect(raw).toContain('List-Unsubscribe: <https://example.com/off>');
  expect(raw).toMatch(/^DKIM-Signature: .*d=example.com/m);
  expect(sent).toMatchObject({
    signedFor: 'example.com',
    unsubscribe: 'https://example.com/off',
  });
  expect(raw).toContain(`Message-ID: ${sent.messageId}`);
  expect(raw).toMatch(/For Zo/);
  expect(fault).toMatchObject({
    code: 'mail_refused',
    message: 'The mail server refuses the letter (550 5.1.1).',
  });
  expect(bad).toMatchObject({ code: 'bad_email' });
  expect(await events(letterId)).toContainEqual(['letter.test', []]);
});
