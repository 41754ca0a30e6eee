import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { createLogger } from '../../../config/logger';
import { LetterFolder, type Bounds } from '../../../embedded/mail/folder';
import { openSink, type Sink } from '../../../embedded/mail/sink';
import { idText, parseSinkFileName } from '../../../domain/letters/sink/files';
import { readLetters } from '../../../connectors/delivery/sink/folder';

const log = createLogger({ level: 'silent', name: 'mail' });
const wide: Bounds = { days: 7, maxBytes: 10_000_000 };
const opened: { sinks: Sink[]; path: string } = { sinks: [], path: '' };

beforeEach(() => {
  opened.path = join(mkdtempSync(join(tmpdir(), 'rollcall-sink-')), 'mail');
});

afterEach(async () => {
  await Promise.all(opened.sinks.splice(0).map((sink) => sink.close()));
  rmSync(join(opened.path, '..'), { recursive: true });
});

async function startSink(bounds = wide): Promise<Sink> {
  const folder = new LetterFolder(opened.path, bounds);
  const sink = await openSink({ folder, port: 0, log });
  opened.sinks.push(sink);
  return sink;
}

async function send(sink: Sink, to: string[], raw = 'Subject: Hello\r\n\r\nWelcome.\r\n') {
  const transport = createTransport({ host: '127.0.0.1', port: sink.port });
  try {
    return await transport.sendMail({ envelope: { from: 'ann@example.com', to }, raw });
  } finally {
    transport.close();
  }
}

const names = () => readdirSync(opened.path).sort();
const contents = () => names().map((name) => readFileSync(join(opened.path, name), 'utf8'));

test('a letter is a file for each recipient when the sink says 250, below its envelope', async () => {
  const sink = await startSink();

  const { response } = await send(sink, ['bob@example.com', 'eve@example.com']);

  expect(response).toMatch(/^250 2\.\S+ Kept as \w{11} \w{11}, and sent to nobody$/);
  expect(contents()).toEqual(
    ['bob', 'eve'].map(
      (name) =>
        `Return-Path: <ann@example.com>\r\nDelivered-To: ${name}@example.com\r\n` +
        'Subject: Hello\r\n\r\nWelcome.\r\n',
    ),
  );
});

/** Speaks by hand: writes each line after the reply to the one before. */
async function dialogue(port: number, lines: readonly string[]): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  for (const line of lines) {
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(line);
  }
  return socket;
}

test('a connection that breaks amid a letter leaves nothing', async () => {
  const sink = await startSink();
  const socket = await dialogue(sink.port, [
    'HELO client\r\n',
    'MAIL FROM:<ann@example.com>\r\n',
    'RCPT TO:<bob@example.com>\r\n',
    'DATA\r\n',
    'Subject: Half\r\n\r\nThis is not a',
  ]);

  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  await send(sink, ['eve@example.com']);

  expect(contents()).toEqual([expect.stringContaining('Delivered-To: eve@example.com')]);
});

test('what a killed sink left half written goes at the next start', () => {
  new LetterFolder(opened.path, wide).keep({ from: '', to: 'b@x.org', raw: Buffer.from('A') });
  const half = join(opened.path, `${names()[0] ?? ''}.half`);
  writeFileSync(half, 'Sub');

  new LetterFolder(opened.path, wide);

  expect(existsSync(half)).toBe(false);
  expect(names()).toHaveLength(1);
});

test('a sink whose folder was removed goes on', async () => {
  const sink = await startSink();
  await send(sink, ['bob@example.com']);
  rmSync(opened.path, { recursive: true });

  await send(sink, ['eve@example.com']);

  expect(contents()).toEqual([expect.stringContaining('eve@example.com')]);
});

test('a letter that cannot be written is refused for now', async () => {
  const sink = await startSink();
  rmSync(opened.path, { recursive: true });
  writeFileSync(opened.path, 'no folder');

  await expect(send(sink, ['bob@example.com'])).rejects.toMatchObject({ responseCode: 452 });
});

test('a letter that is too large is refused for good', async () => {
  const sink = await startSink();

  const large = send(
    sink,
    ['bob@example.com'],
    `Subject: x\r\n\r\n${'x'.repeat(11 * 1024 * 1024)}`,
  );

  await expect(large).rejects.toMatchObject({ responseCode: 552 });
  expect(names()).toEqual([]);
});

test('the newest letters stay within the size, and all within the days', () => {
  const folder = new LetterFolder(opened.path, { days: 7, maxBytes: 40 * 4096 });
  const old = `${idText({ ms: Date.now() - 8 * 86_400_000, counter: 0 })}-00000000.eml`;
  writeFileSync(join(opened.path, old), 'old');
  const ids = Array.from({ length: 60 }, (_, i) =>
    folder.keep({ from: '', to: `p${String(i)}@x.org`, raw: Buffer.from('A') }),
  );

  folder.prune();

  const kept = names().map((name) => parseSinkFileName(name)?.id);
  expect(kept.length).toBeLessThanOrEqual(40);
  expect(kept.length).toBeGreaterThanOrEqual(36);
  expect(kept).toEqual(ids.slice(-kept.length));
});

test('ids go on after the last one, also after a restart and when the clock goes back', () => {
  const ahead = idText({ ms: Date.now() + 60_000, counter: 5 });
  new LetterFolder(opened.path, wide);
  writeFileSync(join(opened.path, `${ahead}-00000000.eml`), '');

  const id = new LetterFolder(opened.path, wide).keep({
    ...{ from: '', to: 'b@x.org' },
    raw: Buffer.from('A'),
  });

  expect(id > ahead).toBe(true);
});

test('it listens on the loopback address alone', async () => {
  const sink = await startSink();
  const others = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'),
  );

  // Also on a machine without a network: Linux takes all of 127/8 for itself.
  const reached = await Promise.all(
    ['127.0.0.2', ...others.map(({ address }) => address)].map(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = connect({ port: sink.port, host: address });
          socket.once('connect', () => {
            resolve('connected');
            socket.destroy();
          });
          socket.once('error', () => {
            resolve('refused');
          });
        }),
    ),
  );

  expect(new Set(reached)).not.toContain('connected');
});

test('letters of one recipient are found in any case, page by page', async () => {
  const folder = new LetterFolder(opened.path, wide);
  const keep = (to: string, subject: string) =>
    folder.keep({ from: 'a@x.org', to, raw: Buffer.from(`Subject: ${subject}\r\n\r\nHi`) });
  const ids = [keep('Bob@x.org', 'first'), keep('eve@x.org', 'no'), keep('bob@x.org', 'second')];

  const page = await readLetters(opened.path, { limit: 1, to: 'BOB@x.org ' });
  const rest = await readLetters(opened.path, { limit: 9, to: 'bob@x.org', before: ids[2] ?? '' });

  expect(page).toMatchObject({ letters: [{ id: ids[2], subject: 'second' }], hasMore: true });
  expect(rest).toMatchObject({ letters: [{ id: ids[0], to: 'Bob@x.org' }], hasMore: false });
});
