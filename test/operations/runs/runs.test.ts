import { listRuns } from '../../../operations/runs/runs';
import { testDatabase } from '../../support/postgres';
import { faultOf, ownerOf, recordImport } from '../support';

const store = testDatabase();

test('runs come a page at a time, newest first, and no cursor but a run leads on', async () => {
  const context = ownerOf(store);
  const [first, second] = [await recordImport(context), await recordImport(context)];

  const page = await listRuns(context, { limit: 1 });
  const rest = await listRuns(context, { limit: 1, cursor: page.next ?? '' });
  const lost = await faultOf(listRuns(context, { limit: 1, cursor: 'xx' }));

  expect(page).toMatchObject({ runs: [{ runId: second }], next: second });
  expect(rest).toMatchObject({ runs: [{ runId: first }], next: null });
  expect(lost).toMatchObject({ kind: 'usage', code: 'bad_cursor' });
});
