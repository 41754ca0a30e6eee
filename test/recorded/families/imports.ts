import type { Stage } from '../stage';

const HEAD =
  'code,login,email,first name,last name,department,organization,manager,status,hire date';

/** Imports: what comes, what is wrong with rows, what stays as a hand set it. */
export async function imports(at: Stage): Promise<void> {
  await at.run(['orgs', 'create', 'WEST', '--name', 'West coast']);
  await at.run(['properties', 'create', 'shirtSize', '--type', 'text', '--name', 'Shirt size']);
  const people = at.file('people.csv', lines(HEAD, ...PEOPLE));
  const dry = await at.run(['import', people, '--dry-run']);
  await at.run(['runs', 'diff', dry.runId]);
  await at.run(['runs', 'apply', dry.runId]);
  await at.run(['runs', 'apply', dry.runId]);
  await at.run(['import', people]);

  await rowsThatFail(at);
  await keptByHand(at);
  await options(at);
}

async function rowsThatFail(at: Stage): Promise<void> {
  const failing = at.file('failing.csv', lines(HEAD, ...FAILING));
  const plan = await at.run(['import', failing, '--dry-run']);
  await at.run(['runs', 'report', plan.runId]);
  await at.run(['runs', 'diff', plan.runId]);
  await at.run(['runs', 'diff', plan.runId, '--action', 'conflict']);
  await at.run(['runs', 'resolve', plan.runId, '--entry', '1', '--skip']);
  await at.run(['runs', 'resolve', plan.runId, '--entry', '999', '--create']);
  const run = await at.run(['import', failing]);
  await at.run(['runs', 'report', run.runId]);
  await at.run(['runs', 'report', run.runId, '--failed-rows', at.path('failed.csv')]);
  at.keep('failed.csv');
  await at.run(['runs', 'report', run.runId, '--csv', at.path('messages.csv')]);
  at.keep('messages.csv');
  const mended = at.file(
    'mended.csv',
    lines(HEAD, 'E20,e20,e20@example.org,Mia,Mended,Sales,WEST,E1,active,2021-02-03'),
  );
  await at.run(['import', mended, '--retry-of', run.runId]);
  await at.run(['runs', 'show', run.runId]);

  const twins = at.file(
    'conflicts.csv',
    lines('code,email,first name', 'X1,e1@example.org,Other', 'X2,e3@example.org,Third'),
  );
  const conflicts = await at.run(['import', twins, '--dry-run']);
  await at.run(['runs', 'diff', conflicts.runId]);
  await at.run(['runs', 'resolve', conflicts.runId, '--entry', '1', '--user', 'E2']);
  await at.run(['runs', 'resolve', conflicts.runId, '--entry', '1', '--create']);
  await at.run(['runs', 'resolve', conflicts.runId, '--entry', '2', '--skip']);
  await at.run(['runs', 'show', conflicts.runId]);
  await at.run(['runs', 'apply', conflicts.runId]);
}

async function keptByHand(at: Stage): Promise<void> {
  await at.run(['users', 'edit', 'E1', '--department', 'By hand']);
  await at.run(['users', 'protect', 'E4']);
  const list = ['--source', 'payroll', '--yes', '--missing', 'deactivate'];
  const all = at.file('payroll.csv', lines(HEAD, ...PEOPLE));
  const first = await at.run(['import', all, ...list]);
  await at.run(['runs', 'approve', first.runId]);
  const some = at.file('payroll-2.csv', lines(HEAD, ...PEOPLE.filter((p) => !/^E[4-6],/.test(p))));
  const second = await at.run(['import', some, ...list, '--dry-run']);
  await at.run(['runs', 'diff', second.runId]);
  await at.run(['runs', 'diff', second.runId, '--action', 'kept']);
  await at.run(['runs', 'report', second.runId]);
  await at.run(['runs', 'apply', second.runId]);
  const waiting = await at.run(['import', all, ...list]);
  await at.run(['runs', 'cancel', waiting.runId]);
  await at.run(['runs', 'approve', second.runId]);
  const fewer = at.file('payroll-3.csv', lines('code,first name', 'E1,Ada', 'E2,Grace'));
  await at.run(['import', fewer, '--source', 'payroll', '--dry-run']);
}

async function options(at: Stage): Promise<void> {
  const blank = at.file(
    'blank.csv',
    lines('Staff ref;Vorname;Abteilung;Shoe', 'E1;Ada;;38', 'E2;;Forschung;39', 'E77;Neu;;40'),
  );
  await at.run(['import', blank, '--map', 'Staff ref=code', '--dry-run']);
  const map = ['--map', 'Staff ref=code,Shoe=-'];
  await at.run(['import', blank, ...map, '--blank', 'clear', '--dry-run']);
  await at.run(['import', blank, ...map, '--create', 'off', '--dry-run']);
  await at.run(['import', blank, ...map, '--update', 'off', '--dry-run']);
  await at.run(['import', blank, ...map, '--update', 'fill', '--ignore-unknown']);
  await at.run(['import', '-', '--dry-run'], 'code,first name\nE1,Augusta\n');
  const property = at.file(
    'property.csv',
    lines('code,properties.shirtSize', 'E1,M', 'E2,<clear>'),
  );
  await at.run(['import', property]);
  const dates = at.file(
    'ddmm.csv',
    lines('code,hire date,leave date', 'E1,31.12.2019,', 'E2,2019-12-31,', 'E3,31.02.2020,'),
  );
  await at.run(['import', dates, '--date-format', 'DD.MM.YYYY']);
  const swap = at.file(
    'swap.csv',
    lines('code,email', 'E2,e3@example.org', 'E3,e2@example.org', 'E7,e7@example.org'),
  );
  await at.run(['import', swap]);
  await at.run(['import', at.file('header-only.csv', 'code,first name\n')]);
}

function lines(...of: readonly string[]): string {
  return `${of.join('\n')}\n`;
}

const PEOPLE = [
  'E1,e1,e1@example.org,Ada,Byron,Research,WEST,,active,2020-01-02',
  'E2,e2,e2@example.org,Grace,Hopper,Research,WEST,E1,active,2020-01-02',
  'E3,e3,e3@example.org,Edsger,Dijkstra,Theory,,E1,active,2020-01-02',
  'E4,e4,e4@example.org,Barbara,Liskov,Theory,,E3,active,2020-01-02',
  'E5,e5,e5@example.org,Donald,Knuth,Theory,,E3,active,2020-01-02',
  'E6,e6,e6@example.org,Tony,Hoare,Theory,,E3,active,2020-01-02',
  'E7,e7,e7@example.org,Frances,Allen,Compilers,,E1,active,2020-01-02',
  'E8,e8,e8@example.org,"Allen, Jr.",Newell,Compilers,,E7,active,2020-01-02',
  'E9,e9,e9@example.org,John,"Back""us",Compilers,,E7,active,2020-01-02',
  'E10,e10,e10@example.org,Kristen,Nygaard,Compilers,,E7,inactive,2020-01-02',
];

const FAILING = [
  'E1,e1,not an address,Ada,Byron,Research,WEST,,active,2020-01-02',
  'E11,e11,e11@example.org,New,One,Research,WEST,E999,active,2020-01-02',
  'E12,e12,e12@example.org,Ring,One,Research,WEST,E13,active,2020-01-02',
  'E13,e13,e13@example.org,Ring,Two,Research,WEST,E12,active,2020-01-02',
  'E14,e14,e14@example.org,Self,Made,Research,WEST,E14,active,2020-01-02',
  'E15,e15,e15@example.org,Bad,Day,Research,WEST,E1,active,2020-13-02',
  'E16,e16,e16@example.org,Bad,Status,Research,WEST,E1,asleep,2020-01-02',
  'E17,e17,e17@example.org,No,Org,Research,EAST,E1,active,2020-01-02',
  'E18,e18,e18@example.org,Twice,Same,Research,WEST,E1,active,2020-01-02',
  'E18,e18,e18@example.org,Twice,Same,Research,WEST,E1,active,2020-01-02',
  'E19,e19,e19@example.org,Twice,One,Research,WEST,E1,active,2020-01-02',
  'E19,e19,e19@example.org,Twice,Other,Research,WEST,E1,active,2020-01-02',
  ',,,Nobody,Known,Research,WEST,E1,active,2020-01-02',
  'E21,e2,e21@example.org,Taken,Login,Research,WEST,E1,active,2020-01-02',
  'E22,e22,e3@example.org,Taken,Mail,Research,WEST,E1,active,2020-01-02',
  'E2,e2,e2@example.org,Grace,Hopper,Navy,WEST,E10,active,2020-01-02',
  `E23,e23,e23@example.org,${'x'.repeat(400)},Long,Research,WEST,E1,active,2020-01-02`,
];
