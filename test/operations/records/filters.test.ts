import { Fault } from '../../../domain/faults';
import type { OperationContext } from '../../../operations/context';
import { addCredit } from '../../../operations/records/credits';
import { createCourse, renameCourse } from '../../../operations/records/courses';
import { setEnrollment } from '../../../operations/records/enrollments';
import { createBulk } from '../../../operations/users/bulk';
import { listFilters, saveFilter } from '../../../operations/users/filters';
import { linkUser } from '../../../operations/users/links';
import { listUsers } from '../../../operations/users/users';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  await addUsers(
    store.db.pool,
    ['A', 'B', 'C', 'D'].map((code) => ({ code })),
  );
  for (const code of ['SAFETY', 'Fire']) await createCourse(owner, { code, name: code });
  const set = (user: string, course: string, rest: object): Promise<unknown> =>
    setEnrollment(owner, { user, course, status: 'enrolled', ...rest });
  await set('A', 'SAFETY', { status: 'completed', score: '80', completedAt: '2026-05-01' });
  await set('A', 'Fire', { progress: 10 });
  // Both halves of a filter fit, and no row fits all of it.
  await set('B', 'SAFETY', { score: '99.5' });
  await set('B', 'Fire', { status: 'completed', completedAt: '2026-06-01', score: 3 });
  await set('C', 'SAFETY', { status: 'cancelled' });
  for (const [user, credits] of [
    ['A', 1.5],
    ['C', 4],
  ] as const) {
    const credit = { title: 'First Aid', provider: 'Red Cross', credits, earnedOn: '2026-03-01' };
    await addCredit(owner, { user, ...credit });
  }
  await linkUser(owner, { user: 'A', source: 'csv', externalId: '1042' });
  // What lost in a merge does not count.
  await set('D', 'SAFETY', { status: 'completed', completedAt: '2026-05-01' });
  await addCredit(owner, {
    ...{ user: 'D', title: 'Lost', provider: 'x', credits: 9, earnedOn: '2026-01-01' },
  });
  await store.db.pool.query(
    `with m as (insert into merge (id, survivor_id, absorbed_id, images_removed_at, unmerged_at, unmerged_by)
       select gen_random_uuid(), a.id, d.id, now(), now(), a.id from "user" a, "user" d
       where a.code = 'A' and d.code = 'D' returning id, absorbed_id),
     e as (update enrollment set tombstoned_by = m.id from m where user_id = absorbed_id)
     update external_credit set tombstoned_by = m.id from m where user_id = absorbed_id`,
  );
});

async function found(filter: string): Promise<string> {
  const { users } = await listUsers(owner, { filter, sort: 'code' });
  return users.map(({ code }) => code).join('');
}

test.each([
  ['enrollments[course eq "safety" and status eq "completed"]', 'A'],
  ['enrollments[course eq "SAFETY" and status ne "completed"]', 'BC'],
  ['enrollments[course eq "SAFETY" and not (status eq "cancelled")]', 'AB'],
  ['enrollments[status eq "In Progress"]', ''],
  ['enrollments[score ge 80 and score lt 99.5]', 'A'],
  ['enrollments[score ge 80 and status eq "completed"]', 'A'],
  ['Enrollments[Progress pr]', 'A'],
  ['enrollments[completedAt ge "2026-06-01"]', 'B'],
  ['enrollments[enrolledAt lt "2020-01-01"]', ''],
  ['enrollments.course eq "fire" and enrollments.status eq "completed"', 'AB'],
  ['not (enrollments[course eq "SAFETY"])', 'D'],
  ['not (enrollments.course pr)', 'D'],
  ['enrollments.course eq ""', 'D'],
  ['enrollments[course sw "FI"] or credits[credits gt 2]', 'ABC'],
  ['credits[title eq "first aid" and credits le 1.5]', 'A'],
  ['credits[earnedOn eq "2026-03-01" and not (evidenceUrl pr)]', 'AC'],
  ['identities[source eq "csv" and externalId sw "10"]', 'A'],
])('%s finds %s', async (filter, codes) => {
  expect(await found(filter)).toBe(codes);
});

test.each([
  ['enrollments[course eq "SAFTEY"]', 23, 'there is no course "SAFTEY"; is "SAFETY" meant?'],
  ['not (enrollments.Course ne "nosuch")', 28, 'there is no course "nosuch"'],
  ['enrollments[status eq "done"]', 23, '"done" is no status of an enrollment; enrolled, '],
  ['enrollments[cours eq "SAFETY"]', 13, 'there is no attribute "cours"; is "course" meant?'],
  ['enrollments[score ge "80"]', 22, 'score is a number, not "80".'],
  ['enrollments[score co "80"]', 13, '"co" does not fit score'],
  [
    'enrollments[identities[source eq "x"]]',
    13,
    'only identities[…], enrollments[…] and credits[…] have',
  ],
])('%s says at which position it is wrong', async (filter, at, words) => {
  const fault = await faultOf(listUsers(owner, { filter }));

  expect(fault instanceof Fault && fault.message).toContain(
    `Filter, position ${String(at)}: ${words}`,
  );
});

test('saved filters and bulk changes take it, and say when a course has another code', async () => {
  const filter = 'enrollments[course eq "Fire" and status eq "enrolled"]';
  await saveFilter(owner, { name: 'fire', filter });
  const wrong = saveFilter(owner, { name: 'x', filter: 'enrollments[course eq "Fires"]' });
  const change = { status: 'inactive', dryRun: true, expect: 1 } as const;

  expect(await faultOf(wrong)).toMatchObject({ kind: 'usage', code: 'course_not_found' });
  expect(await createBulk(owner, { ...change, saved: 'fire' })).toHaveProperty('runId');
  expect(await listFilters(owner)).toMatchObject([{ name: 'fire', count: 1 }]);
  await renameCourse(owner, { course: 'Fire', code: 'FIRE-2' });
  expect(await listFilters(owner)).toMatchObject([{ name: 'fire', count: null }]);
  expect(await faultOf(createBulk(owner, { ...change, filter }))).toMatchObject({
    code: 'course_not_found',
    next: { do: 'showCourse', code: 'FIRE-2' },
  });
});
