import { exec, execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseEntries, readEntries } from '../../cli/entries';
import { partOf } from '../../cli/partFile';
import { writeOutput } from '../../cli/writeFile';
import { openFile } from '../../client/files/file';
import { faultOf } from '../operations/support';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-files-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

async function read(path: string, meanwhile: () => void = () => undefined): Promise<string> {
  const file = await openFile(path, 10_000_000);
  const parts: Buffer[] = [];
  try {
    for await (const chunk of file.chunks) {
      if (parts.length === 0) meanwhile();
      parts.push(chunk);
    }
  } finally {
    await file.close();
  }
  return Buffer.concat(parts).toString();
}

test('a file is read to its end', async () => {
  const text = 'a,b\n'.repeat(800_000);
  writeFileSync(at('whole.csv'), text);

  expect(await read(at('whole.csv'))).toBe(text);
});

test.each([
  [
    'grows',
    (path: string) => {
      appendFileSync(path, 'more');
    },
  ],
  [
    'shrinks',
    (path: string) => {
      truncateSync(path, 10);
    },
  ],
  [
    'is written over',
    (path: string) => {
      writeFileSync(path, 'b'.repeat(3_000_000));
    },
  ],
])('a file that %s while it is read is refused', async (_, change) => {
  const path = at('changing.csv');
  writeFileSync(path, 'a'.repeat(3_000_000));

  const fault = await faultOf(
    read(path, () => {
      change(path);
    }),
  );

  expect(fault).toMatchObject({ kind: 'refused_file', code: 'file_changed' });
});

test('a directory, a missing file and one that is too large have different faults', async () => {
  writeFileSync(at('large.csv'), 'x'.repeat(2_000));

  const faults = await Promise.all([
    faultOf(openFile(folder, 1_000)),
    faultOf(openFile(at('missing.csv'), 1_000)),
    faultOf(openFile(join(at('large.csv'), 'below'), 1_000)),
    faultOf(openFile(at('large.csv'), 1_000)),
  ]);

  expect(faults).toMatchObject([
    { kind: 'usage', code: 'directory' },
    { kind: 'not_found', code: 'no_such_file' },
    { kind: 'not_found', code: 'no_such_file' },
    { kind: 'refused_file', code: 'file_too_large' },
  ]);
});

const asRoot = process.getuid?.() === 0;
(asRoot ? test.skip : test)('a file without permission is unreadable', async () => {
  writeFileSync(at('secret.csv'), 'x');
  chmodSync(at('secret.csv'), 0o000);

  expect(await faultOf(openFile(at('secret.csv'), 1_000))).toMatchObject({
    code: 'unreadable_file',
  });
});

test('a pipe is read to its end', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const text = 'a,b\n1,2\n';

  const [piped] = await Promise.all([
    read(at('pipe')),
    new Promise<void>((resolve) => {
      setTimeout(() => {
        writeFileSync(at('pipe'), text);
        resolve();
      }, 20);
    }),
  ]);

  expect(piped).toBe(text);
});

test('a pipe is read to its end, however slowly it is written', async () => {
  execFileSync('mkfifo', [at('slow')]);
  const text = 'a,b\n'.repeat(50_000);

  const [piped] = await Promise.all([
    read(at('slow')),
    promisify(exec)(
      `(sleep 0.1; printf 'first,'; sleep 0.1; yes a,b | head -n 50000) > "${at('slow')}"`,
    ),
  ]);

  expect(piped).toBe(`first,${text}`);
});

test('a pipe that nobody writes into is refused, and the reader can end', async () => {
  execFileSync('mkfifo', [at('silent')]);

  const file = await openFile(at('silent'), 1_000, { writerMs: 50 });
  const fault = await faultOf(file.chunks[Symbol.asyncIterator]().next());
  await file.close();

  expect(fault).toMatchObject({ kind: 'refused_file', code: 'empty_pipe' });
});

test.each(['/dev/null', '/dev/zero'])('the device %s is refused', async (path) => {
  expect(await faultOf(openFile(path, 1_000))).toMatchObject({
    kind: 'refused_file',
    code: 'device',
  });
});

test('a name cannot steer the terminal in a message', async () => {
  const fault = await faultOf(openFile(at('no\nnext: \u001b[31mx'), 1_000));

  expect(fault).toMatchObject({ code: 'no_such_file' });
  expect(fault).toHaveProperty('message', expect.not.stringMatching(/[\n\u001b]/));
});

describe('a file of entries', () => {
  test('is read from a file or a pipe, and refused where it is no such file', async () => {
    writeFileSync(at('entries.csv'), 'entry,run\n3,r\n7,r\n');
    execFileSync('mkfifo', [at('entries')]);

    const [kept, piped, ...faults] = await Promise.all([
      readEntries(at('entries.csv')),
      readEntries(at('entries')),
      faultOf(readEntries(at('none.csv'))),
      faultOf(readEntries(folder)),
      faultOf(readEntries('/dev/zero')),
      promisify(exec)(`printf 'entry,run\\n3,r\\n' > "${at('entries')}"`),
    ]);

    expect([kept, piped]).toEqual([
      [
        { entry: 3, at: 2, run: 'r' },
        { entry: 7, at: 3, run: 'r' },
      ],
      [{ entry: 3, at: 2, run: 'r' }],
    ]);
    expect(faults.slice(0, 3)).toMatchObject([
      { kind: 'not_found', code: 'no_such_file' },
      { code: 'directory' },
      { code: 'device' },
    ]);
    const next = { do: 'say', text: 'rollcall runs diff RUN --csv FILE, then take lines out' };
    expect(faults.slice(0, 3)).toMatchObject([{ next }, { next }, { next }]);
  });

  test.each([
    ['as it was written', 'entry,action,run\n3,update,r\n7,create,r\n'],
    ['saved by a spreadsheet', '\uFEFFentry;run\r\n3;r\r\n7;r\r\n'],
    ['with a line break in a cell', 'entry,changes,run\n3,"first\n4,second",r\n7,x,r\n'],
    ['with quotes and blank lines', '"entry","run"\n"3","x"\n\n7,y\n'],
    ['with what it is of only', 'entry,run\n3,r\n7,r\n'],
  ])('is read %s', (_, text) => {
    expect(parseEntries(text).map(({ entry }) => entry)).toEqual([3, 7]);
  });

  test.each([',', ';', '\t'])('says of each entry what its columns say, parted by "%s"', (mark) => {
    const lines = [
      ['Entry', 'action', 'line', 'code', 'user_id', 'changes', 'run'],
      ['3', 'update', '4', "'=A", 'u3', `"a ""b""\nc${mark}d"`, 'r'],
      ['7', 'deactivate', '', '"B 7"', 'u7', '', 'r'],
    ];

    const claims = parseEntries(lines.map((cells) => cells.join(mark)).join('\r\n'));

    expect(claims).toEqual([
      { entry: 3, at: 2, action: 'update', line: '4', code: '=A', userId: 'u3', run: 'r' },
      { entry: 7, at: 4, action: 'deactivate', line: '', code: 'B 7', userId: 'u7', run: 'r' },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['no entries', 'entry,run\n'],
    ['another head', 'line,entry,run\n1,2,r\n'],
    ['nothing of the run', 'entry,action\n1,update\n'],
    ['text for a number', 'entry,run\nseven,r\n'],
    ['a negative number', 'entry,run\n-7,r\n'],
    ['an entry taken out of a line', 'entry,run\n,r\n'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseEntries(text)).toThrow(/file of entries/);
  });
});

test('what a killed program left of a file goes with the next writing; what is being written stays', async () => {
  const target = at('export.csv');
  const { pid } = spawnSync(process.execPath, ['--version']);
  const part = (name: string, of: number): string =>
    partOf(at(name)).replace(`-${String(process.pid)}-`, `-${String(of)}-`);
  const [left, running, other] = [part('export.csv', pid), partOf(target), part('b.csv', pid)];
  for (const path of [left, running, other]) writeFileSync(path, 'half');

  await writeOutput(target, ['whole'], { force: false, instead: String });

  expect([left, running, other, target].map((path) => existsSync(path))).toEqual([
    ...[false, true, true, true],
  ]);
});
