import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '../support/postgres';
import { addUsers } from '../support/users';
import { rollcall } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-records-'));
const NAMES = ['ROLLCALL_HOME', 'ROLLCALL_DATABASE_URL'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

beforeAll(async () => {
  process.env['ROLLCALL_HOME'] = folder;
  process.env['ROLLCALL_DATABASE_URL'] = store.url;
  await addUsers(store.db.pool, [{ code: 'E-1' }]);
});

afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

/** The document of a command, with its exit code. */
async function ran(...args: string[]): Promise<unknown> {
  const { exit, json } = await rollcall([...args, '--json']);
  return { exit, document: json() };
}

test('courses, enrollments and credits by the command line', async () => {
  const credit = ['--title', 'First aid', '--provider', 'Red Cross', '--credits', '1.5'];

  const created = await ran('courses', 'create', 'SAFETY', '--name', 'Safety at work');
  const set = await ran(
    ...['enrollments', 'set', 'E-1', 'safety', '--status', 'completed', '--score', '82.5'],
    ...['--progress', '100', '--completed', '2026-11-27'],
  );
  const added = await ran('credits', 'add', 'E-1', ...credit, '--earned', '2026-03-01');

  expect(created).toMatchObject({ exit: 0, document: { code: 'SAFETY', archivedAt: null } });
  expect(set).toMatchObject({
    exit: 0,
    document: {
      ...{ change: 'created', course: 'SAFETY', status: 'completed', score: 82.5, progress: 100 },
      ...{ completedAt: '2026-11-27', version: 1 },
    },
  });
  expect(added).toMatchObject({ exit: 0, document: { change: 'created', credits: 1.5 } });
  expect(await ran('enrollments', 'list', 'E-1', '--status', 'completed')).toMatchObject({
    document: { enrollments: [{ course: 'SAFETY' }], next: null },
  });
  expect(await ran('credits', 'list', 'E-1')).toMatchObject({
    document: { credits: [{ title: 'First aid', earnedOn: '2026-03-01' }], next: null },
  });
  expect(await ran('courses', 'show', 'SAFETY')).toMatchObject({
    document: { people: { completed: 1 } },
  });
  const shown = await rollcall(['users', 'show', 'E-1']);
  expect(shown.out).toMatch(/SAFETY +Safety at work +completed +100 % +82.5 +2026-11-27/);
  expect(shown.out).toMatch(/First aid +Red Cross +1.5 +2026-03-01/);
  const history = await rollcall(['users', 'history', 'E-1']);
  expect(history.out).toMatch(/credit.add .*credits.First aid.provider: - → Red Cross/);
});

test('a command says all its faults, with a next step and its exit code', async () => {
  const wrong = await rollcall([
    ...['enrollments', 'set', 'E-1', 'SAFTEY', '--status', 'done', '--score', 'x'],
  ]);

  expect(wrong.exit).toBe(2);
  expect(wrong.err).toContain('error: status has to be one of enrolled, ');
  expect(wrong.err).toContain('error: score has to be a number from 0 ');
  expect(wrong.err).toContain('error: There is no course "SAFTEY"; is "SAFETY" meant?');
  expect(wrong.err).toContain('next:  rollcall courses show SAFETY');
});

test.each([
  [['courses', 'show', 'nosuch'], 5, 'course_not_found'],
  [['courses', 'create', 'safety', '--name', 'x'], 1, 'course_exists'],
  [['courses', 'rename', 'safety'], 2, 'usage'],
  [['enrollments', 'remove', 'nobody', 'SAFETY'], 5, 'user_not_found'],
  [['enrollments', 'set', 'E-1', 'SAFETY'], 2, 'usage'],
  [['enrollments', 'list', 'E-1', '--limit', '5000'], 2, 'bad_limit'],
  [['credits', 'remove', 'E-1', 'x'], 5, 'credit_not_found'],
  [['credits', 'edit', 'E-1', 'x'], 2, 'usage'],
])('%j ends with %i and %s', async (args, exit, code) => {
  expect(await ran(...args)).toMatchObject({ exit, document: { error: { code } } });
});
