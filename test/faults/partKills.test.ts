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
/** Each page, and the end of the read. The first write begins the read. */
const WRITES = [2, 3, 4, 5];
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

/** The users of the people of the source. */
async function users(): Promise<Person[]> {
  const { rows } = await up().context.db.pool.query<Person>(
    `select i.external_id as id, u.status::text, u.email, u.department
     from identity i join "user" u on u.id = i.user_id order by 1`,
  );
  return rows;
}

const people = (): Person[] =>
  fake()
    .world.people()
    .map(({ id, status, email, department }) => ({ id, status, email, department }));

function follower(): Follower {
  const { context } = up();
  return new Follower({ context, clock: { ms: Date.now() }, readMs: 60_000, rowsAtOnce: 1 });
}

beforeEach(async () => {
  await up().context.db.pool.query(
    `update connection set cursor = null, full_read_at = null, declaration_sha = null`,
  );
});

test('a person in parts on several pages comes out as all parts together, though the worker is killed after any write', async () => {
  const { pool } = up().context.db;
  fake().behave([{ kind: 'in_parts', from: 1 }]);
  const truth = people();

  for (const at of WRITES) {
    await emptyStore(up().context.db);
    await pool.query(
      `update connection set cursor = null, full_read_at = null, declaration_sha = null`,
    );
    const { runId } = await recordSync(up().context, { name: 'hr', full: true });
    const child = begin(runId, at);
    await ended(child);
    const { rows: before } = await pool.query(`select cursor from connection`);
    const { state } = await follower().goOn(runId);

    const rows = await users();
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

test('changes in parts, and a part alone, change the fields that they name', async () => {
  const { world } = fake();
  await follower().sync('hr', true);
  const [one, two, three] = world.people();
  if (one === undefined || two === undefined || three === undefined) throw new Error('nobody');
  const now = Date.now();
  world.put({ ...one, status: 'inactive', department: 'Moved', modifiedAt: now });
  world.put({ ...two, email: 'new@staff.example', modifiedAt: now });
  fake().behave([{ kind: 'in_parts', from: 1 }]);

  const { state } = await follower().sync('hr', false);

  const { rows } = await up().context.db.pool.query<{ mode: string; rows: number }>(
    `select read_mode as mode, rows from run order by id desc limit 1`,
  );
  expect({ state, rows }).toEqual({ state: 'done', rows: [{ mode: 'changes', rows: 2 }] });
  expect(await users()).toEqual(people());
});
