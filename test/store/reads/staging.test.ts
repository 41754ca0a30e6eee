import { setTimeout as sleep } from 'node:timers/promises';
import { finish } from '../../../store/lifecycle/finish';
import { stageRows } from '../../../store/reads/staging';
import { createRun } from '../../../store/runs/runs';
import { OWNER_ID } from '../../../store/sources/sources';
import { emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { importRows, planImport, stage, stagedRow, start } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase({ maxConnections: 8 });
const [LIST, OTHER] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

async function personOf(code: string) {
  const { people } = await readWorld(store.db.pool);
  const person = [...people.values()].find((p) => p.fields['code'] === code);
  if (person === undefined) throw new Error(`nobody has the code ${code}`);
  return person;
}

describe('staging', () => {
  test('killed half-way it leaves nothing, and is done again', async () => {
    const planned = await planImport(store.db, { rows: [], sourceId: OTHER });
    await finish(store.db, { ...planned, state: 'cancelled', undoDays: 90 });
    const { rows: files } = await store.db.pool.query<{ id: string }>(`select id from run_file`);
    const { runId } = await createRun(store.db.pool, {
      kind: 'import',
      sourceId: LIST,
      actorId: OWNER_ID,
      options: {},
      dryRun: false,
      fileId: files[0]?.id ?? '',
    });
    const fence = await start(store.db, runId);
    async function* dying() {
      yield [stagedRow(row(2, { code: 'a' }))];
      await sleep(10);
      throw new Error('killed');
    }

    const summary = () => ({ rows: 1, coverage: {}, messages: [] });
    await expect(stageRows(store.db, { runId, fence, batches: dying(), summary })).rejects.toThrow(
      'killed',
    );

    const { rows: left } = await store.db.pool.query(`select * from staged_row where run_id = $1`, [
      runId,
    ]);
    expect(left).toEqual([]);
    await stage(store.db, { runId, fence, rows: rows({ code: 'a' }, { code: 'b' }) });
    const { rows: there } = await store.db.pool.query(
      `select line from staged_row where run_id = $1 order by line`,
      [runId],
    );
    expect(there).toEqual([{ line: 2 }, { line: 3 }]);
  });

  test('values come through COPY as they are', async () => {
    const text = 'tab\tslash\\ \\N line\nreturn\r é ń 😀 "quoted"';

    await importRows(store.db, { rows: rows({ code: 'a', firstName: text, department: '\\.' }) });

    expect((await personOf('a')).fields).toMatchObject({ firstName: text, department: '\\.' });
  });
});
