import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { WordedRun } from '../../cli/documents';
import { ended, eventually, NO_TOKEN, TestStack } from '../support/stack';
import { ask, people, rowVersions, printRun, workflowOf } from './client';

const stack = new TestStack();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-decisions-'));
const up = { url: '', temporalCli: '', temporal: '', worker: 0 };

beforeAll(async () => {
  const status = await stack.up();
  up.url = status.databaseUrl ?? '';
  up.temporalCli = status.temporalCli ?? '';
  up.temporal = status.services.find(({ name }) => name === 'temporal')?.address ?? '';
  up.worker = status.services.find(({ name }) => name === 'worker')?.pid ?? 0;
}, 120_000);
afterAll(async () => {
  await stack.remove();
  rmSync(folder, { recursive: true });
}, 60_000);

function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

const HEAD = 'code,email,first_name,status';

/** Resolves once a process has said this on stderr. */
function told(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (part: Buffer) => {
      if (part.toString().includes(words)) resolve();
    });
  });
}

async function user(code: string): Promise<Record<string, unknown> | undefined> {
  return (await people(up.url)).find((one) => one['code'] === code);
}

test('conflicts and bad rows stay out, the good row beside them goes in, and each is settled', async () => {
  await printRun(
    stack,
    'import',
    file('first.csv', HEAD, '1,ann@x.example,Ann,active', '2,bob@x.example,Bob,active'),
  );

  const mixed = await printRun(
    stack,
    'import',
    file(
      'mixed.csv',
      HEAD,
      '9,ann@x.example,Anna,active',
      '5,not-an-address,Eve,active',
      '6,fay@x.example,Fay,active',
      '2,ann@x.example,Bobby,active',
      '7,ann@x.example,Gus,active',
    ),
  );
  const { runId } = mixed.run;
  const diff = JSON.parse((await stack.run('runs', 'diff', runId, '--json')).stdout);
  const entryAt = (line: number): string =>
    String(diff.entries.find((entry: { line: number }) => entry.line === line)?.entry);

  expect(mixed.exit).toBe(3);
  expect(mixed.run.counts).toMatchObject({ rows: 5, created: 1, conflict: 3, error: 1 });
  expect(mixed.run.messages.map(({ line }) => line)).toEqual([2, 3]);

  const asAnn = await printRun(
    stack,
    'runs',
    'resolve',
    runId,
    '--entry',
    entryAt(2),
    '--user',
    '1',
  );
  expect(asAnn).toMatchObject({ exit: 0, run: { state: 'done', counts: { rows: 1, updated: 1 } } });
  expect(await user('9')).toMatchObject({ first_name: 'Anna', email: 'ann@x.example' });

  const asNew = await printRun(stack, 'runs', 'resolve', runId, '--entry', entryAt(6), '--create');
  expect(asNew).toMatchObject({ exit: 0, run: { counts: { rows: 1, created: 1 } } });
  expect(asNew.stderr).toContain('email is left out');
  expect(await user('7')).toMatchObject({ first_name: 'Gus', email: null });

  const left = await printRun(stack, 'runs', 'resolve', runId, '--entry', entryAt(5), '--skip');
  expect(left).toMatchObject({ exit: 0, run: { runId, state: 'done' } });
  expect(await user('2')).toMatchObject({ first_name: 'Bob' });

  const again = await stack.run('runs', 'resolve', runId, '--entry', entryAt(3), '--skip');
  expect(again.exit).toBe(1);
});

test('failed rows are written to a file, and a retry imports them when they are fixed', async () => {
  const bad = await printRun(
    stack,
    'import',
    file('bad.csv', HEAD, '21,u21@x.example,"=1+1",active', '22,u22@x.example,Ok,sleeping'),
  );
  const mend = join(folder, 'mend.csv');

  const written = await stack.run('runs', 'report', bad.run.runId, '--failed-rows', mend, '--json');
  const text = readFileSync(mend, 'utf8');
  writeFileSync(mend, text.replace('sleeping', 'inactive'));
  const retry = await printRun(stack, 'import', mend, '--retry-of', bad.run.runId);

  expect(JSON.parse(written.stdout)).toMatchObject({ rows: 1, runId: bad.run.runId });
  expect(text).toMatch(/^\uFEFFcode,email,first_name,status,_line,_error\n22,.*sleeping,3,/);
  expect(retry).toMatchObject({ exit: 0, run: { counts: { rows: 1, created: 1 } } });
  expect(await user('21')).toMatchObject({ first_name: '=1+1' });
  expect(await user('22')).toMatchObject({ status: 'inactive' });
});

test('a dry run changes nobody, and its plan is applied once', async () => {
  const before = await rowVersions(up.url);

  const dry = await printRun(stack, 'import', file('dry.csv', HEAD, '31,,Dry,active'), '--dry-run');
  const untouched = await rowVersions(up.url);
  const applied = await printRun(stack, 'runs', 'apply', dry.run.runId);
  const twice = await stack.run('runs', 'apply', dry.run.runId, '--json');

  expect(dry).toMatchObject({ exit: 0, run: { state: 'planned', counts: { created: 1 } } });
  expect(dry.run.next).toBe(`rollcall runs apply ${dry.run.runId}`);
  expect(untouched).toEqual(before);
  expect(applied).toMatchObject({ exit: 0, run: { runId: dry.run.runId, state: 'done' } });
  expect(await user('31')).toMatchObject({ first_name: 'Dry' });
  expect(twice.exit).toBe(1);
  expect(JSON.parse(twice.stdout)).toMatchObject({ error: { code: 'run_is_done' } });
});

const killed: { run?: WordedRun } = {};

test('a decision whose client was killed before it reached the workflow leaves the run held at first', async () => {
  const { run } = await printRun(
    stack,
    ...['import', file('killed.csv', HEAD, '82,,Killed,active')],
    ...['--gate', 'creations=0', '--reason', 'test'],
  );
  await ask(
    up.url,
    `insert into decision (id, run_id, actor_id, kind, created_at)
     select gen_random_uuid(), id, actor_id, 'approve', now() - interval '1 minute'
     from run where id = '${run.runId}'`,
  );
  killed.run = run;

  expect(run.state).toBe('held');
});

describe('a held run of a named list', () => {
  const seen = { runId: '' };

  /** First ten people; then a list without six of them, which the gate of five holds. */
  beforeAll(async () => {
    const ten = Array.from(
      { length: 10 },
      (_, i) => `list-${String(i)},,Person ${String(i)},active`,
    );
    const list = ['--source', 'payroll', '--yes'];
    const first = await printRun(stack, 'import', file('ten.csv', HEAD, ...ten), ...list);
    if (first.run.state === 'held') await printRun(stack, 'runs', 'approve', first.run.runId);
    const next = [...ten.slice(0, 4), 'list-new,,New,active'];
    const held = await printRun(
      stack,
      'import',
      file('four.csv', HEAD, ...next),
      ...list,
      '--missing',
      'deactivate',
    );
    seen.runId = held.run.runId;
  }, 60_000);

  test('says what holds it, and its next run waits', async () => {
    const shown = await printRun(stack, 'runs', 'show', seen.runId.slice(0, -6));
    const next = await printRun(
      stack,
      'import',
      file('one.csv', HEAD, 'list-0,,Zero,active'),
      '--source',
      'payroll',
      '--timeout',
      '2',
    );
    const gone = await printRun(stack, 'runs', 'cancel', next.run.runId);

    expect(shown).toMatchObject({ exit: 0, run: { runId: seen.runId, state: 'held' } });
    expect(shown.run.held.map(({ gate }) => gate)).toEqual(['deactivations', 'short_file']);
    expect(shown.run.counts).toMatchObject({ rows: 5, absent: 6, created: 1, deactivated: 6 });
    expect(next).toMatchObject({ exit: 1, run: { state: 'waiting' } });
    expect(next.run.reason).toContain(seen.runId);
    expect(gone).toMatchObject({ exit: 0, run: { state: 'cancelled' } });
  }, 90_000);

  test('ends an import behind it at once when nobody can press Ctrl-C, with the ways out', async () => {
    const behind = await stack.run(
      'import',
      file('behind.csv', HEAD, 'list-0,,Zero,active'),
      ...['--source', 'payroll', '--json'],
    );
    const { runId, state, next }: Record<string, unknown> = JSON.parse(behind.stdout);
    await printRun(stack, 'runs', 'cancel', String(runId));

    expect({ exit: behind.exit, state, next }).toEqual({
      exit: 4,
      state: 'waiting',
      next: `rollcall runs show ${seen.runId}`,
    });
    expect(behind.stderr).toContain(`Run ${seen.runId} of list payroll is held since`);
    expect(behind.stderr).toContain(`rollcall runs approve ${seen.runId}`);
  }, 90_000);

  test('is orphaned when its workflow is gone, and resumed', async () => {
    await promisify(execFile)(up.temporalCli, [
      ...['workflow', 'terminate', '--workflow-id', await workflowOf(up.url, seen.runId)],
      ...['--address', up.temporal, '--reason', 'test'],
    ]);

    const shown = await printRun(stack, 'runs', 'show', seen.runId);
    const resumed = await printRun(stack, 'runs', 'resume', seen.runId);
    const again = await stack.run('runs', 'resume', seen.runId, '--json');

    expect(shown).toMatchObject({
      exit: 0,
      run: { state: 'orphaned', next: `rollcall runs resume ${seen.runId}` },
    });
    expect(resumed).toMatchObject({ exit: 4, run: { state: 'held' } });
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'under_way' } });
  });

  test('is approved in part by a file of entries; the rest is rejected', async () => {
    const csv = join(folder, 'entries.csv');
    await stack.run('runs', 'diff', seen.runId, '--gate', 'deactivations', '--csv', csv);
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    writeFileSync(csv, `${lines.slice(0, 3).join('\n')}\n`);

    const { exit, run } = await printRun(stack, 'runs', 'approve', seen.runId, '--entries', csv);

    expect(lines).toHaveLength(7);
    expect(exit).toBe(0);
    expect(run).toMatchObject({
      state: 'done',
      counts: { deactivated: 2, created: 0, skipped: 5, unchanged: 4 },
    });
    const inactive = (await people(up.url)).filter(
      (one) => String(one['code']).startsWith('list-') && one['status'] === 'inactive',
    );
    expect(inactive).toHaveLength(2);
  });
});

test('people are put into an organization; under --yes only the end of it is shown', async () => {
  await stack.run('orgs', 'create', 'NORTH', '--name', 'North');
  await printRun(stack, 'import', file('north.csv', HEAD, '61,,Ida,active', '62,,Jo,active'));

  const named = ['61', '62', '--organization', 'north'];
  const done = await stack.run('users', 'assign', ...named, '--yes');
  const again = await stack.run('users', 'assign', ...named, '--expect', '2', '--json');
  const { stdout } = await stack.run('users', 'show', '61', '--json');
  const runId = /^run (\S+)/.exec(done.stdout)?.[1] ?? '';
  const undone = await stack.run('runs', 'undo', runId, '--yes');

  expect(done.exit).toBe(0);
  expect(done.stdout).toMatch(
    /^run \S+ {2}bulk by owner {2}done\n2 rows\.\n {2}updated {2}2\norganization is now set by hand; imports leave it alone until: .+\nnext: .+\n$/,
  );
  expect(done.stderr).toBe(`${NO_TOKEN}run ${runId}\n`);
  expect(JSON.parse(stdout)).toMatchObject({ organization: 'NORTH', sticky: ['organization'] });
  expect([again.exit, JSON.parse(again.stdout)]).toEqual([
    0,
    { runId: null, state: 'done', chosen: 2 },
  ]);
  expect(undone.exit).toBe(0);
  expect(undone.stdout).toMatch(/undo by owner {2}done\n/);
  expect(undone.stdout).toContain(`\nundo of run ${runId}\n`);
  expect(undone.stderr.replace(NO_TOKEN, '')).toMatch(/^run \S+\n$/);
});

test('what is refused leaves a message, an exit code and no run', async () => {
  const before = await ask(up.url, 'select count(*) from run');

  const missing = await stack.run('import', join(folder, 'none.csv'), '--json');
  const directory = await stack.run('import', folder, '--json');
  const list = await stack.run('import', file('l.csv', HEAD), '--source', 'unheard-of', '--json');
  const run = await stack.run('runs', 'show', 'ffffffff', '--json');

  expect([missing.exit, directory.exit, list.exit, run.exit]).toEqual([5, 2, 2, 5]);
  expect(JSON.parse(directory.stdout)).toMatchObject({ error: { code: 'directory' } });
  expect(JSON.parse(list.stdout)).toMatchObject({ error: { code: 'unknown_source' } });
  expect(await ask(up.url, 'select count(*) from run')).toEqual(before);
});

test('of two decisions at once one is taken, and the other one learns that it came too late', async () => {
  const held = await printRun(
    stack,
    ...['import', file('both.csv', HEAD, '81,,Both,active')],
    ...['--gate', 'creations=0', '--reason', 'test'],
  );

  const both = await Promise.all(
    ['approve', 'reject'].map((verb) => stack.run('runs', verb, held.run.runId, '--json')),
  );

  expect(held.run.state).toBe('held');
  expect(both.map(({ exit }) => exit).sort()).toEqual([0, 1]);
  const late = both.find(({ exit }) => exit === 1);
  expect(JSON.parse(late?.stdout ?? '{}').error.code).toMatch(
    /^(decided_meanwhile|run_is_[a-z]+)$/,
  );
  expect(await user('81')).toEqual(
    both[0]?.exit === 0 ? expect.objectContaining({ first_name: 'Both' }) : undefined,
  );
});

test('a file that cannot be read as CSV fails its run, with the reason in its document', async () => {
  const { exit, run } = await printRun(stack, 'import', file('x.csv', 'shoe,size', 'a,1'));

  expect(exit).toBe(1);
  expect(run).toMatchObject({ state: 'failed', counts: { rows: 0 } });
  expect(run.error).toMatchObject({
    code: 'unknown_column',
    message: expect.stringContaining('shoe'),
    next: expect.stringContaining('rollcall import'),
  });
  expect(run.reason).toMatch(
    /^Line 1: .*shoe.* Say what each of them is: rollcall import \S+x\.csv/,
  );
});

test('without a worker, waiting ends by time-out or Ctrl-C and the run goes on later', async () => {
  process.kill(up.worker, 'SIGSTOP');
  const path = file('later.csv', HEAD, '41,,Later,active');

  const detached = await stack.run('import', path, '--detach', '--json');
  const timedOut = await printRun(stack, 'import', path, '--timeout', '1');
  const child = stack.start('import', path, '--json');
  const interrupted = ended(child);
  await told(child, 'run ');
  child.kill('SIGINT');
  const stopped = await interrupted;
  process.kill(up.worker, 'SIGCONT');
  const { runId } = JSON.parse(stopped.stdout);

  expect(detached.exit).toBe(0);
  expect(JSON.parse(detached.stdout)).toEqual({
    runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    state: 'waiting',
  });
  expect(timedOut).toMatchObject({ exit: 1, run: { state: 'waiting' } });
  expect(stopped.exit).toBe(130);
  expect(stopped.stderr).toContain(`rollcall runs show ${runId}`);
  for (;;) {
    const { run } = await printRun(stack, 'runs', 'show', runId);
    if (run.state === 'done') break;
    await sleep(500);
  }
  expect(await user('41')).toMatchObject({ first_name: 'Later' });
}, 90_000);

/** Applies each plan at the instant when its dry run shows it; returns how the runs ended. */
const AT_ONCE = `
const { Rollcall } = require('./dist/client/rollcall.js');
(async () => {
  const rollcall = await Rollcall.connect();
  const ends = [];
  for (const file of process.argv.slice(1)) {
    const { runId } = await rollcall.imports.start({ file, dryRun: true });
    while ((await rollcall.runs.get(runId)).state !== 'planned');
    await rollcall.runs.apply({ run: runId });
    ends.push((await rollcall.runs.wait(runId, { timeoutMs: 20000 })).document.state);
  }
  await rollcall.close();
  console.log(JSON.stringify(ends));
})();`;

test('a plan applied while the workflow of its dry run still ends is applied', async () => {
  const files = Array.from({ length: 8 }, (_, n) =>
    file(`once${String(n)}.csv`, HEAD, `7${String(n)},,Once,active`),
  );

  // The token of the tests is one of their own database.
  const { ROLLCALL_TOKEN: _, ...env } = process.env;

  const { stdout } = await promisify(execFile)(process.execPath, ['-e', AT_ONCE, ...files], {
    cwd: join(__dirname, '../..'),
    env: { ...env, ROLLCALL_HOME: stack.data },
  });

  expect(JSON.parse(stdout)).toEqual(files.map(() => 'done'));
}, 120_000);

// The worker looks for such decisions every half minute; the tests between did not wait for that.
test('the decision of the killed client is carried out', async () => {
  const runId = killed.run?.runId ?? '';

  await eventually(async () => {
    const done = await ask(up.url, `select from run where id = '${runId}' and state = 'done'`);
    return done[0];
  });
  const { run } = await printRun(stack, 'runs', 'show', runId);

  expect(run).toMatchObject({ state: 'done', decisions: [{ kind: 'approve', taken: true }] });
  expect(await user('82')).toMatchObject({ first_name: 'Killed' });
}, 90_000);
