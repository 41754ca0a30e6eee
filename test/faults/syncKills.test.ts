import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Follower, type SyncEnd } from '../../faults/sync/follow';
import type { Strike } from '../../faults/sync/strike';
import { projectRoot } from '../../embedded/paths';
import { recordSync } from '../../operations/sources/recordSync';
import { emptyStore } from '../support/builders';
import { polledFake } from '../support/fakes/polledFake';
import { ended, eventually } from '../support/stack';

/** Four pages of ten: 35 people. */
const PEOPLE = 35;
/** The beginning, the pages, the end of the read, plan, apply, the end of the run. */
const PAGES = 6;
const { up } = polledFake('scim', PEOPLE);

beforeEach(async () => {
  await up().context.db.pool.query(
    `update connection set cursor = null, full_read_at = null, declaration_sha = null`,
  );
});

/** A process that goes on with a run, and is killed in the middle of it. */
function begin(runId: string, strike: Strike): ChildProcess {
  const program = join(projectRoot(), 'dist', 'faults', 'sync', 'child.js');
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const key = up().context.keys[0]?.toString('base64') ?? '';
  child.stdin.end(JSON.stringify({ databaseUrl: up().database.url, key, runId, strike }));
  return child;
}

async function goOn(runId: string): Promise<SyncEnd> {
  const follower = new Follower({
    context: up().context,
    clock: { ms: Date.now() },
    readMs: 60_000,
    rowsAtOnce: 1,
  });
  return follower.goOn(runId);
}

async function newRun(): Promise<string> {
  return (await recordSync(up().context, { name: 'hr', full: true })).runId;
}

/**
 * Everything that a run leaves behind, without ids and times; versions show which rows were written
 * twice.
 */
async function left(runId: string): Promise<unknown> {
  const { rows } = await up().context.db.pool.query<{ left: unknown }>(
    `select jsonb_build_object(
       'users', (select jsonb_agg(to_jsonb(u) - array['id', 'created_at', 'updated_at', 'manager_id',
         'created_run_id'] || jsonb_build_object('manager', (select m.code from "user" m
         where m.id = u.manager_id)) order by u.code) from "user" u),
       'identities', (select jsonb_agg(jsonb_build_array(external_id, user_version, missing_reads)
         order by external_id) from identity),
       'staged', (select jsonb_agg(jsonb_build_array(line, external_id) order by line)
         from staged_row where run_id = r.id),
       'run', jsonb_build_object('state', state, 'counts', counts, 'rows', rows, 'held', held,
         'step', read_state -> 'step', 'begun', read_state -> 'begun',
         'pages', listing -> 'pages', 'why', listing -> 'why'),
       'read', (select full_read_at is not null from connection)) as left
     from run r where id = $1`,
    [runId],
  );
  return rows[0]?.left;
}

async function undisturbed(): Promise<unknown> {
  const runId = await newRun();
  await goOn(runId);
  return left(runId);
}

const WRITES = Array.from({ length: PAGES + 4 }, (_, i) => i + 1);

test('killed after any write of a sync, each page among them: the end is that of an undisturbed one', async () => {
  const reference = await undisturbed();

  for (const at of WRITES) {
    await emptyStore(up().context.db);
    const runId = await newRun();
    const child = begin(runId, { signal: 'SIGKILL', at, when: 'after' });
    await ended(child);
    const { rows } = await up().context.db.pool.query<{ moved: boolean }>(
      `select cursor is not null as moved from connection`,
    );
    await goOn(runId);

    expect({ at, signal: child.signalCode }).toEqual({ at, signal: 'SIGKILL' });
    expect(rows).toEqual([{ moved: false }]);
    expect({ at, left: await left(runId) }).toEqual({ at, left: reference });
  }
}, 180_000);

test('a worker that was stopped before a write, and wakes when another one has taken over, writes nothing', async () => {
  for (const at of [3, PAGES + 1, PAGES + 2, PAGES + 3]) {
    await emptyStore(up().context.db);
    const runId = await newRun();
    const child = begin(runId, { signal: 'SIGSTOP', at, when: 'before' });
    const over = ended(child);
    await eventually(() => (isStopped(child.pid) ? true : undefined));

    await goOn(runId);
    const before = await left(runId);
    child.kill('SIGCONT');
    const { stdout } = await over;

    expect(await left(runId)).toEqual(before);
    const { state: end, code } = JSON.parse(stdout);
    expect({ at, end, fenced: ['fenced', 'page_out_of_turn'].includes(code) }).toEqual({
      at,
      end: 'retrying',
      fenced: true,
    });
  }
}, 120_000);

function isStopped(pid: number | undefined): boolean {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}
