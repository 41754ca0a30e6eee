import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { NONSENSE, REFUSED } from '../support/hostileFiles';
import { ended, eventually, NO_TOKEN, startCli, TestStack, type Ended } from '../support/stack';
import { ask, people, printRun, type PrintedRun } from './client';

const stack = new TestStack();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-hostile-'));
const up = { url: '', worker: 0 };
const at = (name: string): string => join(folder, name);
/** Two at once: each command waits for the worker most of its time, whose memory is measured. */
const LANES = 2;

/**
 * Commands that wait for a time-out first. They start before all others, because they store
 * nothing.
 */
const slow = new Map<'pipe' | 'database' | 'temporal', Promise<Ended>>();

beforeAll(async () => {
  const status = await stack.up();
  up.url = status.databaseUrl ?? '';
  up.worker = status.services.find(({ name }) => name === 'worker')?.pid ?? 0;
  writeFileSync(at('ok.csv'), 'code,email\nok,ok@x.example\n');
  execFileSync('mkfifo', [at('silent')]);
  const away = (env: Record<string, string>): Promise<Ended> =>
    ended(startCli(['import', at('ok.csv'), '--json'], { ROLLCALL_HOME: stack.data, ...env }));
  slow.set('pipe', ended(stack.start('import', at('silent'), '--json')));
  slow.set('database', away({ ROLLCALL_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }));
  slow.set('temporal', away({ ROLLCALL_TEMPORAL_ADDRESS: '127.0.0.1:9' }));
}, 120_000);
afterAll(async () => {
  await stack.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function file(content: string | Buffer, name = 'people.csv'): string {
  writeFileSync(at(name), content);
  return at(name);
}

/** The results of `work`, a few at a time. */
async function each<T, R>(items: readonly T[], work: (item: T, n: number) => Promise<R>) {
  const results = new Map<T, R>();
  const queue = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results.set(next[1], await work(next[1], next[0]));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

function errorOf({ stdout }: Ended): { code?: string; message?: string; next?: string } {
  return JSON.parse(stdout).error;
}

async function count(from: string): Promise<number> {
  return Number((await ask<{ n: string }>(up.url, `select count(*) as n from ${from}`))[0]?.n);
}

async function user(code: string): Promise<Record<string, unknown> | undefined> {
  return (await people(up.url)).find((one) => one['code'] === code);
}

describe('files that are refused completely', () => {
  const told = new Map<unknown, PrintedRun>();
  beforeAll(async () => {
    // A list for each, so that none waits for another.
    const all = await each(REFUSED, async ({ name, bytes, options = [] }, n) => {
      const path = file(bytes(), name);
      const own = ['--source', `refused-${String(n)}`, '--yes'];
      const outcome = await printRun(stack, 'import', path, ...own, ...options);
      rmSync(path);
      return outcome;
    });
    for (const [key, value] of all) told.set(key, value);
  }, 90_000);

  test.each(REFUSED.map((one) => [one.what, one] as const))('%s', (_, one) => {
    expect(told.get(one)).toMatchObject({
      exit: 1,
      run: {
        state: 'failed',
        counts: { rows: 0, created: 0 },
        error: { code: one.code, message: expect.stringContaining(one.says) },
        // The message, and what to do.
        reason: expect.stringMatching(/[.:] [A-Z`].*\S/),
      },
    });
  });

  test('leave nothing half-done behind', async () => {
    expect(await count('"user"')).toBe(0);
    expect(await count('staged_row')).toBe(0);
    expect(await count(`run where active or finished_at is null`)).toBe(0);
  });
});

test('what is no file is refused at once, and none of it is stored', async () => {
  symlinkSync(at('loop'), at('loop2'));
  symlinkSync(at('loop2'), at('loop'));
  writeFileSync(at('secret.csv'), 'code\n1\n');
  chmodSync(at('secret.csv'), 0);
  const before = await count('run');
  const asRoot = process.getuid?.() === 0;
  const cases = [
    [2, 'directory', folder],
    [5, 'no_such_file', at('none\n\u001b[31m.csv')],
    [1, 'device', '/dev/null'],
    [1, 'device', '/dev/zero'],
    [1, 'unreadable_file', at('loop')],
    // Root may read every file.
    ...(asRoot ? [] : ([[1, 'unreadable_file', at('secret.csv')]] as const)),
  ] as const;

  const all = await each(cases, ([, , path]) => stack.run('import', path, '--json'));

  expect([...all.values()].map((done) => [done.exit, errorOf(done).code])).toEqual(
    [...all.keys()].map(([exit, code]) => [exit, code]),
  );
  for (const done of all.values()) expect(errorOf(done).next).toMatch(/./);
  expect(await count('run')).toBe(before);
  expect(await slow.get('pipe')).toMatchObject({
    exit: 1,
    stdout: expect.stringContaining('empty_pipe'),
  });
}, 60_000);

test.each([
  [
    'grows',
    (path: string) => {
      appendFileSync(path, 'x');
    },
  ],
  [
    'shrinks',
    (path: string) => {
      truncateSync(path, 10);
    },
  ],
])(
  'a file that %s while it is read is refused, and nothing of it is kept',
  async (_, change) => {
    // If the file were read to its end, it would be refused as well, for another reason.
    const path = file(Buffer.alloc(64 * 1000 * 1000, 'no column\n'), 'changing.csv');

    const reading = stack.run('import', path, '--json');
    await eventually(async () =>
      (await count('run_file where not complete')) > 0 ? true : undefined,
    );
    change(path);
    const done = await reading;

    expect([done.exit, errorOf(done).code]).toEqual([1, 'file_changed']);
    expect(await count('run_file where not complete')).toBe(0);
  },
  60_000,
);

test('options that make no sense are wrong usage, and nothing is stored', async () => {
  const before = await count('run_file');

  const all = await each(NONSENSE, ([, ...options]) =>
    stack.run('import', at('ok.csv'), ...options),
  );

  for (const [[exit, ...options], done] of all) {
    expect({ options, exit: done.exit, stdout: done.stdout }).toEqual({
      options,
      exit,
      stdout: '',
    });
    expect(done.stderr.replace(NO_TOKEN, '')).toMatch(/^error: .+\nnext: {2}.+\n$/);
    expect(done.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  }
  expect(await count('run_file')).toBe(before);
}, 60_000);

test.each([
  ['a header alone', 'code,email\n'],
  ['1,000,000 blank lines', `code,email\n${'\n'.repeat(1_000_000)}`],
])('%s is a read without people, which is held', async (_, content) => {
  const { exit, run } = await printRun(stack, 'import', file(content));

  expect(exit).toBe(4);
  expect(run).toMatchObject({ state: 'held', held: [{ gate: 'empty_read' }], counts: { rows: 0 } });
});

test('bad rows stay out with a reason each; the good ones beside them go in', async () => {
  const head = 'code,login,email,status,first_name';
  await printRun(stack, 'import', file(`${head}\ngone,,gone@x.example,inactive,Gone\n`));

  const { exit, run } = await printRun(
    stack,
    'import',
    file(
      [
        head,
        'gone,,,deletedx,',
        'nul,,,,a\0b',
        'rtl,,a\u202eb@x.example,,',
        'zero,,c\u200bd@x.example,,',
        `long,,${'a'.repeat(300)}@x.example,,`,
        `emoji,,,${'x'.repeat(39)}😀,`,
        'twin1,ren\u00e9,,,',
        'twin2,rene\u0301,,,',
        ','.repeat(1_000_000),
        'good,,good@x.example,,\u202ereversed',
        'sigma,ΣΑΣ İ,,,',
        // No index holds a key of this size that does not compress.
        `${randomBytes(4_000).toString('hex')},,,,`,
        '',
      ].join('\n'),
    ),
  );
  const again = await printRun(stack, 'import', file('login,first_name\nσας i̇,Same\n'));

  expect(exit).toBe(3);
  expect(run.counts).toMatchObject({ rows: 11, error: 6, conflict: 2, created: 3 });
  expect(run.messages.map(({ line, code }) => [line, code])).toEqual(
    expect.arrayContaining([
      [2, 'unknown_status'],
      [3, 'nul_byte'],
      [4, 'bad_email'],
      [null, 'unseen_characters'],
      [6, 'bad_email'],
      [7, 'unknown_status'],
      [8, 'same_person_twice'],
      [9, 'same_person_twice'],
      [10, 'blank_rows'],
      [13, 'bad_key'],
    ]),
  );
  expect(await user('gone')).toMatchObject({ status: 'inactive' });
  expect(again.run).toMatchObject({ counts: { updated: 1 }, matchedBy: { login: 1 } });
});

test('what is special to COPY, CSV or spreadsheets is stored and read back exactly', async () => {
  const cells = ['tab\there', 'back\\slash', '\\N', '\\.', '"quoted"', "it's", '=1+1', '@x', '-1'];
  const odd = [...cells, "'=1", 'a\r\nb', '$1;--', '{}', '  ', 'É\u0301🙂', 'x'.repeat(32_000)];
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const lines = odd.map((text, n) => `odd${String(n)},${quoted(text)}`);
  // The end of data in COPY's text form, alone on a line.
  const path = file(`code,first_name\n${lines.join('\n')}\n\\.,end\nafter,After\n`);

  const { exit, run } = await printRun(stack, 'import', path);
  const diff = join(folder, 'diff.csv');
  await stack.run('runs', 'diff', run.runId, '--csv', diff);
  const again = await printRun(stack, 'import', path);

  const stored = new Map((await people(up.url)).map((one) => [one['code'], one['first_name']]));
  expect(exit).toBe(0);
  expect(odd.map((_, n) => stored.get(`odd${String(n)}`))).toEqual(
    odd.map((text) => (text.trim() === '' ? null : text)),
  );
  expect([stored.get('\\.'), stored.get('after')]).toEqual(['end', 'After']);
  expect(again.run.counts).toMatchObject({ rows: odd.length + 2, unchanged: odd.length + 2 });
  expect(readFileSync(diff, 'utf8')).not.toMatch(/(^|[,;\t\n])"?[=@+]/);
});

test('formulas are neutralised in the file of failed rows, and come back as they were', async () => {
  const bad = await printRun(stack, 'import', file('code,first_name,status\n=f,=1+1,sleeping\n'));
  const mend = at('mend.csv');

  await stack.run('runs', 'report', bad.run.runId, '--failed-rows', mend);
  const text = readFileSync(mend, 'utf8');
  writeFileSync(mend, text.replace('sleeping', 'active'));
  await printRun(stack, 'import', mend, '--retry-of', bad.run.runId);

  expect(text).toContain("\n'=f,'=1+1,sleeping,");
  expect(await user('=f')).toMatchObject({ first_name: '=1+1' });
});

test('UTF-16 is read with its mark, or named; semicolons make commas decimal', async () => {
  await stack.run('properties', 'create', 'rate', '--type', 'number', '--name', 'Rate');
  const text = 'code;first_name;properties.rate\n16;Žofie;1,5\n';
  const le = (code: string, mark: string): Buffer =>
    Buffer.from(mark + text.replace('16', code), 'utf16le');

  const told = [
    await printRun(stack, 'import', file(le('le', '\ufeff'))),
    await printRun(stack, 'import', file(le('be', '\ufeff').swap16())),
    await printRun(stack, 'import', file(le('named', '')), '--encoding', 'utf-16le'),
  ];

  expect(told.map(({ exit, run }) => [exit, run.counts.created])).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  expect(
    await ask(
      up.url,
      `select code, first_name as name, properties -> 'rate' as rate from "user"
       where code in ('le', 'be', 'named') order by code`,
    ),
  ).toEqual(['be', 'le', 'named'].map((code) => ({ code, name: 'Žofie', rate: 1.5 })));
});

test('an e-mail in another case is another look of the same address', async () => {
  await printRun(stack, 'import', file('code,email\nann,ann@x.example\n'));

  const { exit, run } = await printRun(stack, 'import', file('code,email\nann,Ann@X.example\n'));

  expect(exit).toBe(0);
  expect(run).toMatchObject({ held: [], counts: { updated: 1 } });
  expect(await user('ann')).toMatchObject({ email: 'Ann@X.example' });
});

test('a file name cannot steer the terminal', async () => {
  const name = 'odd\nnext: rm -rf ~\u001b[31m\u009b31m.csv';
  const path = file('code\nnamed-file\n', name);

  const shown = await stack.run('import', path);
  const { run } = await printRun(stack, 'import', path);
  const listed = await stack.run('runs', 'list');

  expect(shown.exit).toBe(0);
  expect(run.file).toBe(basename(path));
  for (const text of [shown.stdout, shown.stderr, listed.stdout]) {
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|^next: rm/m);
  }
});

test('the same file twice at once: one run creates everyone, the other finds them', async () => {
  const rows = Array.from(
    { length: 500 },
    (_, n) => `pair${String(n)},pair${String(n)}@x.example\n`,
  );
  const path = file(`code,email\n${rows.join('')}`, 'pair.csv');

  const told = await Promise.all([
    printRun(stack, 'import', path),
    printRun(stack, 'import', path),
  ]);

  expect(told.map(({ exit }) => exit)).toEqual([0, 0]);
  expect(told.map(({ run }) => run.counts.created).sort()).toEqual([0, 500]);
  expect(told.map(({ run }) => run.counts.unchanged).sort()).toEqual([0, 500]);
});

test('with a server away it says which, and what to do; nothing is stored', async () => {
  const [database, temporal] = await Promise.all([slow.get('database'), slow.get('temporal')]);

  for (const [done, code] of [
    [database, 'database_unavailable'],
    [temporal, 'temporal_unavailable'],
  ] as const) {
    expect(done?.exit).toBe(1);
    const { error } = JSON.parse(done?.stdout ?? '');
    expect(error).toMatchObject({ code });
    expect(error.next).toMatch(/./);
  }
  expect(await count(`run_file where name = 'ok.csv'`)).toBe(0);
}, 60_000);

test('it says when no worker runs, and the run goes on once a worker does', async () => {
  const path = file('code,email\nlater,later@x.example\n', 'later.csv');

  process.kill(up.worker, 'SIGSTOP');
  const waited = await printRun(stack, 'import', path, '--timeout', '6').finally(() => {
    process.kill(up.worker, 'SIGCONT');
  });
  const { runId } = waited.run;
  const done = await eventually(async () => {
    const { run } = await printRun(stack, 'runs', 'show', runId);
    return run.state === 'done' ? run : undefined;
  });

  expect(waited).toMatchObject({
    exit: 1,
    run: { state: 'waiting', reason: 'No worker has taken it up yet.', next: 'rollcall status' },
  });
  expect(waited.stderr).toContain('rollcall status');
  expect(waited.stderr).toContain(`rollcall runs show ${runId}`);
  expect(done.counts.created).toBe(1);
}, 60_000);

test('after all that, the worker is the same process and stayed within its memory', async () => {
  const worker = (await stack.status()).services.find(({ name }) => name === 'worker');
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(up.worker)}/status`, 'utf8'));

  expect(worker).toMatchObject({ pid: up.worker, ready: true });
  expect(Number(peak?.[1])).toBeLessThan(300 * 1024);
});
