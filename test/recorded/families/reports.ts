import type { Stage } from '../stage';

/** What is listed of all the runs so far. */
export async function reports(at: Stage): Promise<void> {
  await at.run(['runs', 'list', '--limit', '1000']);
  for (const state of ['waiting', 'running', 'held', 'planned', 'done', 'rejected', 'cancelled']) {
    await at.run(['runs', 'list', '--state', state, '--limit', '3']);
  }
  const made = at.file('report.csv', 'code,department,phone\nE1,Lab,123\nE2,Lab,456\nR1,Lab,789\n');
  const run = await at.run(['import', made]);
  await at.run(['runs', 'diff', run.runId]);
  await at.run(['runs', 'diff', run.runId, '--field', 'department']);
  await at.run(['runs', 'diff', run.runId, '--field', 'departmnet']);
  await at.run(['runs', 'diff', run.runId, '--limit', '1']);
  await at.run(['runs', 'diff', run.runId, '--csv', at.path('diff.csv')]);
  at.keep('diff.csv');
  await at.run(['runs', 'report', run.runId]);
  await at.run(['runs', 'report', run.runId, '--csv', at.path('report-messages.csv')]);
  at.keep('report-messages.csv');
  await at.run(['runs', 'report', run.runId, '--failed-rows', at.path('none.csv')]);
  const detached = await at.run(['import', made, '--detach']);
  await at.eventually(async () => {
    const shown = await at.look(['runs', 'show', detached.runId]);
    return shown.includes('"state": "done"') ? true : undefined;
  });
  await at.run(['runs', 'show', detached.runId]);
}
