import type { HrPerson } from '../../support/fakes/tinyHr';
import type { Stage } from '../stage';

const PEOPLE: readonly HrPerson[] = [
  { id: '1', number: 'H1', email: 'h1@example.org', firstName: 'Ann', department: 'Sales' },
  { id: '2', number: 'H2', email: 'h2@example.org', firstName: 'Bob', department: 'Sales' },
  { id: '3', number: 'H3', email: 'not an address', firstName: 'Cid' },
  { id: '4', number: 'E1', email: 'e1@example.org', firstName: 'Ada', department: 'Vendor' },
  { id: '5', number: 'H5', email: 'h5@example.org', firstName: 'Eve', status: 'Inactive' },
];

/** A vendor that is polled: settings, looks, syncs, trouble. */
export async function sources(at: Stage): Promise<void> {
  at.hr.people = PEOPLE;
  await at.run(['sources', 'types']);
  await at.run(['sources', 'types', 'bamboohr']);
  await at.run(['sources', 'types', 'bambohr']);
  const add = ['sources', 'add', 'bamboohr', '--name', 'hr', '--config', 'company=acme'];
  const inside = add.map((word) => (word === 'hr' ? 'inside' : word));
  await at.run([...inside, '--secret', 'apiKey=-', '--base-url', 'http://10.0.0.1/api'], at.hr.key);
  await at.run(['sources', 'test', 'inside']);
  await at.run(['sources', 'sync', 'inside']);
  await at.run(['sources', 'remove', 'inside', '--yes']);
  await at.run([...add, '--secret', 'apiKey=-', '--base-url', at.hr.baseUrl], at.hr.key);
  await at.run([...add, '--secret', 'apiKey=-', '--base-url', at.hr.baseUrl], at.hr.key);
  await at.run(['sources', 'test', 'hr']);
  await at.run(['sources', 'test', 'hr', '--only', '1']);
  await at.run(['sources', 'test', 'hr', '--only', '99']);
  await at.run(['sources', 'sync', 'hr', '--only', '4']);

  await syncs(at);
  await settings(at);
  await trouble(at);
  await at.run(['sources', 'remove', 'hr', '--yes']);
  await at.run(['sources', 'list']);
}

async function syncs(at: Stage): Promise<void> {
  const dry = await at.run(['sources', 'sync', 'hr', '--dry-run']);
  await at.run(['runs', 'diff', dry.runId]);
  const held = await at.run(['sources', 'sync', 'hr']);
  await at.run(['sources', 'sync', 'hr']);
  await at.run(['sources', 'list']);
  await at.run(['sources', 'show', 'hr']);
  await at.run(['runs', 'approve', held.runId]);
  await at.run(['runs', 'report', held.runId]);
  await at.run(['sources', 'sync', 'hr', '--full']);
  at.hr.people = [];
  const empty = await at.run(['sources', 'sync', 'hr', '--full']);
  at.hr.people = PEOPLE;
  await at.run(['sources', 'sync', 'hr', '--full', '--replace-held']);
  await at.run(['runs', 'show', empty.runId]);
  at.hr.people = PEOPLE.slice(1);
  const { runId } = await at.run(['sources', 'sync', 'hr', '--full']);
  await at.run(['runs', 'diff', runId]);
  await at.run(['runs', 'reject', runId]);
}

async function settings(at: Stage): Promise<void> {
  await at.run([
    'sources',
    'set',
    'hr',
    '--gate',
    'deactivations=50',
    '--time-zone',
    'Europe/Vienna',
  ]);
  await at.run(['sources', 'set', 'hr', '--gate', 'first_link=50']);
  await at.run(['sources', 'set', 'hr', '--time-zone', 'Europe/Vienne']);
  await at.run(['sources', 'set', 'hr', '--config', 'compny=acme']);
  await at.run(['sources', 'set', 'hr']);
  await at.run(['sources', 'schedule', 'hr', '--every', '1h', '--jitter', '5m']);
  await at.run(['sources', 'schedule', 'hr', '--cron', '99 5 * * *']);
  await at.run(['sources', 'schedule', 'hr', '--off']);
  await at.run(['sources', 'pause', 'hr']);
  await at.run(['sources', 'sync', 'hr']);
  await at.run(['sources', 'resume', 'hr']);
  await at.run(['sources', 'mastering', 'department', '--sources', 'hr,payroll']);
  await at.run(['sources', 'mastering']);
  await at.run(['users', 'show', 'E1', '--explain']);
  await at.run(['sources', 'mastering', 'department', '--sources', 'hr,nope']);
  await at.run(['sources', 'mastering', 'department', '--clear']);
  await at.run(['sources', 'sync', 'payroll']);
  await at.run(['sources', 'show', 'payroll']);
}

async function trouble(at: Stage): Promise<void> {
  const add = ['sources', 'add', 'bamboohr', '--name', 'wrong', '--config', 'company=acme'];
  await at.run([...add, '--secret', 'apiKey=-', '--base-url', at.hr.baseUrl], 'not-the-key');
  await at.run(['sources', 'test', 'wrong']);
  const failed = await at.run(['sources', 'sync', 'wrong']);
  await at.run(['runs', 'report', failed.runId]);
  await at.run(['sources', 'list']);
  await at.run(['sources', 'sync', 'wrong']);
  await at.run(['runs', 'resume', failed.runId]);
  await at.run(['sources', 'set', 'wrong', '--secret', 'apiKey=-'], at.hr.key);
  await at.run(['sources', 'resume', 'wrong']);
  await at.run(['sources', 'show', 'wrong']);
  await at.run(['sources', 'remove', 'wrong', '--yes']);
}
