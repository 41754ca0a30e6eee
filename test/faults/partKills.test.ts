import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Follower } from '../../faults/sync/follow';
import { projectRoot } from '../../embedded/paths';
import { recordSync } from '../../operations/sources/recordSync';
import { emptyStore } from '../support/builders';
import { polledFake } from '../support/fakes/polledFake';
import { ended } from '../support/stack';

/** Three pages of ten, with each person in three records, the last of them on the next page. */
const PEOPLE = 25;
/** The beginning, the pages, the end of the read, plan, apply, the end of the run. */
const WRITES = [1, 2, 3, 4, 5, 6, 7];
const { up, fake } = polledFake('entra', PEOPLE);

function begin(runId: string, at: number): ChildProcess {
  const program = join(projectRoot(), 'dist', 'faults', 'sync', 'child.js');
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const key = up().context.keys[0]?.toString('base64') ?? '';
  const strike = { signal: 'SIGKILL', at, when: 'after' };
  child.stdin.end(JSON.stringify({ databaseUrl: up().database.url, key, runId, strike }));
  return child;
}

interface Person {
  readonly id: string;
  readonly status: string;
  readonly email: string | null;
  readonly department: string | null;
}

test('a person in parts on several pages comes out as all parts together, though the worker is killed after any write', async () => {
  const { pool } = up().context.db;
  fake().behave([{ kind: 'in_parts', from: 1 }]);
  const truth = fake()
    .world.people()
    .map(({ id, status, email, department }): Person => ({ id, status, email, department }));

  for (const at of WRITES) {
    await emptyStore(up().context.db);
    await pool.query(
      `update connection set cursor = null, full_read_at = null, declaration_sha = null`,
    );
    const { runId } = await recordSync(up().context, { name: 'hr', full: true });
    const child = begin(runId, at);
    await ended(child);
    const { rows: before } = await pool.query(`select cursor from connection`);
    const follower = new Follower({
      context: up().context,
      clock: { ms: Date.now() },
      readMs: 60_000,
      rowsAtOnce: 1,
    });
    const { state } = await follower.goOn(runId);

    const { rows } = await pool.query<Person>(
      `select i.external_id as id, u.status::text, u.email, u.department
       from identity i join "user" u on u.id = i.user_id order by 1`,
    );
    const { rows: after } = await pool.query<{ moved: boolean }>(
      `select cursor is not null as moved from connection`,
    );
    expect({ at, signal: child.signalCode, before }).toEqual({
      at,
      signal: 'SIGKILL',
      before: [{ cursor: null }],
    });
    expect({ at, state, rows }).toEqual({ at, state: 'done', rows: truth });
    expect(after).toEqual([{ moved: true }]);
  }
}, 120_000);
