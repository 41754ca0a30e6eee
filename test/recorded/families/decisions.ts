import type { Stage } from '../stage';

const LIST = ['--source', 'staff', '--yes', '--missing', 'deactivate'];

/** Runs that a gate holds: approved wholly and in part, rejected, replaced, undone. */
export async function decisions(at: Stage): Promise<void> {
  const first = await at.run(['import', at.file('staff.csv', staff(1, 24)), ...LIST]);
  await at.run(['runs', 'show', first.runId]);
  await at.run(['runs', 'approve', first.runId, '--reason', 'as expected']);
  await at.run(['runs', 'approve', first.runId]);

  await heldByAbsence(at);
  await inPart(at);
  await undo(at);
  await bulk(at);
}

async function heldByAbsence(at: Stage): Promise<void> {
  const half = at.file('staff-half.csv', staff(1, 16, 'Moved'));
  const dry = await at.run(['import', half, ...LIST, '--dry-run']);
  await at.run(['runs', 'diff', dry.runId, '--gate', 'deactivations', '--limit', '3']);
  await at.run(['runs', 'reject', dry.runId, '--reason', 'only to look']);
  const held = await at.run(['import', half, ...LIST]);
  const after = await at.run(['import', at.file('staff-after.csv', staff(1, 24)), ...LIST]);
  await at.run(['runs', 'list', '--source', 'staff']);
  await at.run(['runs', 'cancel', after.runId, '--reason', 'nobody sent it']);
  await at.run(['runs', 'cancel', after.runId]);
  await at.run(['runs', 'reject', held.runId, '--reason', 'an old file']);
  await at.run(['runs', 'reject', held.runId]);
  const raised = await at.run([
    'import',
    half,
    ...LIST,
    ...['--gate', 'deactivations=8', '--reason', 'x'],
  ]);
  await at.run(['runs', 'reject', raised.runId]);
  const again = await at.run(['runs', 'list', '--source', 'staff', '--limit', '2']);
  await at.run([
    'runs',
    'list',
    '--source',
    'staff',
    '--limit',
    '2',
    '--cursor',
    String(again.next),
  ]);
  const empty = await at.run(['import', at.file('staff-empty.csv', 'code,login\n'), ...LIST]);
  await at.run(['runs', 'cancel', empty.runId, '--reason', 'nobody sent it']);
  const small = await at.run(['import', at.file('staff-small.csv', staff(1, 3)), ...LIST]);
  await at.run(['runs', 'report', small.runId]);
  await at.run(['runs', 'cancel', small.runId]);
  await at.run(['runs', 'cancel', small.runId]);
}

async function inPart(at: Stage): Promise<void> {
  const gates = ['--gate', 'creations=1', '--gate', 'updates=2', '--reason', 'a trial'];
  const file = at.file('staff-more.csv', staff(10, 30, 'Promoted'));
  const held = await at.run(['import', file, '--source', 'staff', ...gates]);
  await at.run(['runs', 'diff', held.runId, '--csv', at.path('entries.csv')]);
  at.keep('entries.csv');
  await at.run(['runs', 'approve', held.runId, '--only', 'create', '--keep-held']);
  await at.run(['runs', 'show', held.runId]);
  await at.run(['runs', 'approve', held.runId, '--entries', at.path('entries.csv')]);
  await at.run(['runs', 'diff', held.runId, '--state', 'all', '--limit', '4']);
  const other = await at.run(['import', at.file('new.csv', staff(40, 46)), ...gates]);
  await at.run(['runs', 'approve', other.runId, '--entries', at.path('entries.csv')]);
  const some = at.file('some.csv', `entry,action,run\n2,create,${other.runId}\n`);
  await at.run(['runs', 'approve', other.runId, '--entries', some, '--reason', 'one only']);
  await at.run(['runs', 'resume', other.runId]);
}

async function undo(at: Stage): Promise<void> {
  const run = await at.run(['import', at.file('undo.csv', staff(1, 6, 'Elsewhere'))]);
  await at.run(['users', 'edit', 'S2', '--department', 'Since then']);
  await at.run(['users', 'edit', 'S3', '--first-name', 'Other']);
  await at.run(['runs', 'undo', run.runId, '--dry-run']);
  const held = await at.run(['runs', 'undo', run.runId, '--expect', '2']);
  await at.run(['runs', 'diff', held.runId]);
  await at.run(['runs', 'reject', held.runId]);
  const done = await at.run(['runs', 'undo', run.runId, '--expect', '6']);
  await at.run(['runs', 'report', done.runId]);
  await at.run(['runs', 'undo', run.runId, '--expect', '5']);
  await at.run(['runs', 'undo', done.runId, '--yes']);
  await at.run(['runs', 'show', run.runId]);
}

async function bulk(at: Stage): Promise<void> {
  const sales = ['--filter', 'department eq "Elsewhere"'];
  const dry = await at.run(['users', 'deactivate', ...sales, '--dry-run']);
  await at.run(['runs', 'diff', dry.runId]);
  await at.run(['runs', 'apply', dry.runId]);
  await at.run(['runs', 'reject', dry.runId]);
  const again = await at.run(['users', 'deactivate', ...sales, '--dry-run']);
  await at.run(['runs', 'apply', again.runId, '--expect', '5', '--reason', 'closed']);
  await at.run(['users', 'activate', 'S1', 'S3', '--expect', '2']);
  await at.run(['users', 'activate', 'S1', 'nobody', '--expect', '2']);
  await at.run(['users', 'assign', 'S1', '--organization', 'WEST', '--expect', '1']);
  await at.run(['users', 'assign', 'S1', '--organization', 'NONE', '--expect', '1']);
}

function staff(from: number, to: number, department = 'Works'): string {
  const rows = Array.from({ length: to - from + 1 }, (_, i) => {
    const n = String(from + i);
    return `S${n},s${n},s${n}@example.org,First ${n},Last ${n},${department}\n`;
  });
  return `code,login,email,first name,last name,department\n${rows.join('')}`;
}
