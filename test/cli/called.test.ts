import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { asCalled } from '../../wording/called';
import { howCalled, jsonText } from '../../cli/called';
import { processIo, table, tolerateClosedPipe } from '../../cli/output';
import { createProgram, main } from '../../cli/program';
import { rollcall } from './harness';

describe('how the program is called', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-called-'));
  const clone = join(folder, 'clone');
  const script = join(clone, 'bin', 'rollcall.js');
  const npmBin = join(clone, 'node_modules', '.bin');
  const [installed, empty] = [join(folder, 'installed'), join(folder, 'it is empty')];

  beforeAll(() => {
    for (const dir of [join(clone, 'bin'), npmBin, installed, join(clone, 'deep', 'er'), empty]) {
      mkdirSync(dir, { recursive: true });
    }
    writeFileSync(script, '');
    symlinkSync(script, join(npmBin, 'rollcall'));
    symlinkSync(script, join(installed, 'rollcall'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('by its name where the PATH has it', () => {
    const path = [empty, installed].join(delimiter);

    expect(howCalled({ script, cwd: empty, path })).toBe('rollcall');
    expect(howCalled({ script: join(installed, 'rollcall'), cwd: empty, path })).toBe('rollcall');
  });

  test('by npx in the clone and below, where npm alone put it on the PATH', () => {
    const path = [npmBin, empty].join(delimiter);

    expect(howCalled({ script, cwd: clone, path })).toBe('npx rollcall');
    expect(howCalled({ script, cwd: join(clone, 'deep', 'er'), path })).toBe('npx rollcall');
    expect(howCalled({ script: join(npmBin, 'rollcall'), cwd: clone, path })).toBe('npx rollcall');
  });

  test('by its file elsewhere, because npx would fetch another package of that name', () => {
    expect(howCalled({ script, cwd: empty, path: empty })).toBe(script);

    const odd = join(empty, "it's.js");
    writeFileSync(odd, '');
    expect(howCalled({ script: odd, cwd: folder, path: '' })).toBe(
      `'${odd.replace("'", `'\\''`)}'`,
    );
  });
});

test('every command of the tree is shown as it is called', async () => {
  const program = await createProgram(processIo(), { out: '', err: '', command: undefined });

  for (const command of program.commands) {
    expect(asCalled(`Try: rollcall ${command.name()} x.`, 'npx rollcall')).toBe(
      `Try: npx rollcall ${command.name()} x.`,
    );
  }
});

test('only commands change in a text, and once', () => {
  const text =
    'See `rollcall runs list` or npx rollcall up; .rollcall stays, postgres://rollcall:x@h, ' +
    'rollcall up-to-date, /srv/rollcall up';

  const rewritten = asCalled(text, 'npx rollcall');

  expect(rewritten).toBe(text.replace('`rollcall', '`npx rollcall'));
  expect(asCalled(rewritten, 'npx rollcall')).toBe(rewritten);
});

test('text from data stays unchanged', async () => {
  const texts = [
    '"rollcall users list" is not an e-mail address: correct it, or leave the cell empty.',
    String.raw`"a\"b rollcall users list" is too long.`,
    `rollcall properties create rollcall --type text --name 'rollcall users'`,
    'Keep it as a property: rollcall properties create rollcall --type text --name rollcall.',
  ];

  const rewritten = texts.map((text) => asCalled(text, 'npx rollcall'));
  const shown = table(['name', 'message'], [['rollcall up', 'Do: rollcall up']]);

  expect(rewritten).toEqual([
    texts[0],
    texts[1],
    `npx ${String(texts[2])}`,
    texts[3]?.replace('rollcall', 'npx rollcall'),
  ]);
  expect(asCalled(shown, 'npx rollcall')).toBe(
    'NAME         MESSAGE\nrollcall up  Do: npx rollcall up\n',
  );
  expect(asCalled(shown, 'rollcall')).toContain('rollcall up  Do: rollcall up');
});

test('in a document the next step and messages follow it, and what people wrote is kept', () => {
  const document = {
    next: 'rollcall up',
    messages: [{ message: 'Settle it: rollcall runs resolve 1' }],
    runs: [{ runId: '1', state: 'held', reason: 'See: rollcall runs diff 1' }],
    decisions: [{ reason: 'rollcall runs reject 1' }],
    users: [{ jobTitle: 'rollcall up', properties: { next: 'rollcall up' } }],
  };

  expect(JSON.parse(jsonText(document, 'npx rollcall'))).toEqual({
    next: 'npx rollcall up',
    messages: [{ message: 'Settle it: npx rollcall runs resolve 1' }],
    runs: [{ runId: '1', state: 'held', reason: 'See: npx rollcall runs diff 1' }],
    decisions: [{ reason: 'rollcall runs reject 1' }],
    users: [{ jobTitle: 'rollcall up', properties: { next: 'rollcall up' } }],
  });
});

test('errors, help and examples follow it too', async () => {
  const program = 'npx rollcall';
  const plain = await rollcall(['runs', 'lst'], { program });
  const json = await rollcall(['runs', 'lst', '--json'], { program });
  const help = await rollcall(['runs', 'list', '--help'], { program });

  expect(plain.err).toContain('next:  npx rollcall runs --help\n');
  expect(json.json()).toMatchObject({ error: { next: 'npx rollcall runs --help' } });
  expect(help.out).toMatch(/^Usage: npx rollcall runs list/);
  expect(help.out).toContain('$ npx rollcall runs list --state held');
});

test.each([['completion', 'bash'], ['--help'], ['--json', 'runs', 'nonsense']])(
  'where the disk is full, %s %s says so in one line and ends with 1',
  async (...args) => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => {
        done(Object.assign(new Error('write'), { code: 'ENOSPC' }));
      },
    });
    tolerateClosedPipe(full);
    const stderr = new PassThrough();

    const exit = await main(args, { ...processIo(), stdout: full, stderr });

    expect(exit).toBe(1);
    expect(String(stderr.read())).toMatch(/^error: The output cannot be written: no space is left/);
  },
);
