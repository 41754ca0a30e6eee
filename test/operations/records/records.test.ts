import { wordFault } from '../../../wording/next';
import { Fault } from '../../../domain/faults';
import type { OperationContext } from '../../../operations/context';
import {
  archiveCourse,
  createCourse,
  listCourses,
  renameCourse,
  showCourse,
} from '../../../operations/records/courses';
import { listAudit } from '../../../operations/audit/audit';
import { addCredit } from '../../../operations/records/credits';
import {
  listEnrollments,
  removeEnrollment,
  setEnrollment,
} from '../../../operations/records/enrollments';
import { editUser } from '../../../operations/users/userEdits';
import { userHistory } from '../../../operations/users/userHistory';
import { showUser } from '../../../operations/users/users';
import { dayIn } from '../../../domain/zones';
import { newId } from '../../../store/database/db';
import { lockUser, writingUsers } from '../../../store/users/userWrites';
import { untilBlocked } from '../../support/blocked';
import { testDatabase } from '../../support/postgres';
import { actor, addUsers } from '../../support/users';
import { faultOf } from '../support';

const store = testDatabase();
let owner: OperationContext;

beforeAll(async () => {
  owner = await actor(store.db);
  for (const code of ['SAFETY', 'FIRE', 'OLD'])
    await createCourse(owner, { code, name: `${code}!` });
  await archiveCourse(owner, { course: 'OLD' });
});

let people = 0;
/** A new person, by code. */
async function person(): Promise<string> {
  people++;
  const code = `P-${String(people)}`;
  await addUsers(store.db.pool, [{ code }]);
  return code;
}

/** A person whose account was merged into another one: the codes of both, and the absorbed id. */
async function merged(): Promise<{ survivor: string; absorbed: string; absorbedId: string }> {
  const survivor = await person();
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from "user" where code = $1`,
    [survivor],
  );
  const absorbed = `${survivor}-old`;
  const [absorbedId = ''] = await addUsers(store.db.pool, [
    { code: absorbed, status: 'merged', mergedIntoId: rows[0]?.id ?? '' },
  ]);
  return { survivor, absorbed, absorbedId };
}

async function codesOf(work: Promise<unknown>): Promise<(readonly [string | null, string])[]> {
  const fault = await faultOf(work);
  if (!(fault instanceof Fault)) throw fault;
  return fault.parts.map(({ field, fault: { code } }) => [field, code] as const);
}

test('a course is created, renamed, archived and found by its code in any case', async () => {
  await createCourse(owner, { code: ' Aid  1 ', name: 'First aid' });

  await renameCourse(owner, { course: 'aid 1', code: 'AID-1', name: 'First aid, one day' });
  await archiveCourse(owner, { course: 'aid-1' });

  expect(await showCourse(owner, 'aid-1')).toMatchObject({
    code: 'AID-1',
    name: 'First aid, one day',
    archivedAt: expect.any(String),
    people: { enrolled: 0, completed: 0 },
  });
  const codes = async (all: boolean): Promise<string[]> =>
    (await listCourses(owner, { all })).courses.map(({ code }) => code);
  expect(await codes(false)).toEqual(['FIRE', 'SAFETY']);
  expect(await codes(true)).toEqual(['AID-1', 'FIRE', 'OLD', 'SAFETY']);
  expect(await faultOf(showCourse(owner, 'Aid 1'))).toMatchObject({ code: 'course_not_found' });
  await archiveCourse(owner, { course: 'AID-1', undo: true });
  expect(await showCourse(owner, 'AID-1')).toMatchObject({ archivedAt: null });
});

test('the audit names a course by its code', async () => {
  await createCourse(owner, { code: 'TOLD', name: 'Told' });

  const { events } = await listAudit(owner, { subject: 'course:told' });

  expect(events).toMatchObject([
    { action: 'course.create', subject: 'TOLD', changes: { name: [null, 'Told'] } },
  ]);
  await archiveCourse(owner, { course: 'TOLD' });
});

test('a code is given once, and an unknown one names the nearest', async () => {
  expect(await codesOf(createCourse(owner, { code: '', name: ' ' }))).toEqual([
    ['code', 'bad_code'],
    ['name', 'bad_name'],
  ]);
  expect(await faultOf(createCourse(owner, { code: 'safety', name: 'x' }))).toMatchObject({
    kind: 'conflict',
    code: 'course_exists',
  });
  expect(await faultOf(renameCourse(owner, { course: 'FIRE', code: 'Safety' }))).toMatchObject({
    code: 'course_exists',
  });
  const fault = await faultOf(showCourse(owner, 'SAFTEY'));
  expect(fault).toMatchObject({ kind: 'not_found', next: { do: 'showCourse', code: 'SAFETY' } });
  expect(fault instanceof Fault && wordFault(fault)).toBe(
    'There is no course "SAFTEY"; is "SAFETY" meant?',
  );
});

test('a course lists in pages, each once', async () => {
  const codes: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listCourses(owner, {
      all: true,
      limit: 2,
      ...(cursor === null ? {} : { cursor }),
    });
    codes.push(...page.courses.map(({ code }) => code));
    cursor = page.next;
  } while (cursor !== null);

  expect(codes).toEqual(['AID-1', 'FIRE', 'OLD', 'SAFETY', 'TOLD']);
});

test('a person has one enrollment for each course, which a second command changes', async () => {
  const user = await person();
  const course = 'safety';

  const created = await setEnrollment(owner, {
    user,
    course,
    status: 'In Progress',
    progress: '40 %',
  });
  const same = await setEnrollment(owner, { user, course, status: 'in_progress' });
  const scored = await setEnrollment(owner, {
    user,
    course,
    status: 'in_progress',
    score: '82.50',
  });
  const completed = await setEnrollment(owner, {
    ...{ user, course, status: 'completed', completedAt: '2026-03-01' },
    ...{ clear: ['progress'] as const, ifVersion: scored.version },
  });
  const kept = await setEnrollment(owner, { user, course, status: 'completed', score: 90 });

  expect([created, same, scored, completed, kept].map(({ change }) => change)).toEqual([
    ...['created', 'unchanged', 'updated', 'updated', 'updated'],
  ]);
  expect(created).toMatchObject({
    course: 'SAFETY',
    courseName: 'SAFETY!',
    progress: 40,
    version: 1,
  });
  expect(kept).toMatchObject({ score: 90, progress: null, completedAt: '2026-03-01', version: 4 });
  expect((await listEnrollments(owner, { user })).enrollments).toHaveLength(1);
  expect(await showCourse(owner, 'SAFETY')).toMatchObject({ people: { completed: 1 } });
});

test('a course is completed today in the zone of the platform, unless a day is given', async () => {
  // One of them has another day than UTC at any moment.
  for (const timeZone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    const user = await person();
    const before = dayIn(timeZone, new Date());

    const { completedAt } = await setEnrollment(owner, {
      user,
      course: 'FIRE',
      status: 'completed',
      timeZone,
    });

    expect([before, dayIn(timeZone, new Date())]).toContain(completedAt);
  }
});

test('a cancelled enrollment is taken up again with its values', async () => {
  const user = await person();
  const course = 'FIRE';
  const day = { completedAt: '2026-02-03', score: 7 };
  await setEnrollment(owner, { user, course, status: 'completed', ...day });

  const cancelled = await removeEnrollment(owner, { user, course });
  const again = await removeEnrollment(owner, { user, course });
  const back = await setEnrollment(owner, { user, course, status: 'completed' });
  const anew = await setEnrollment(owner, { user, course, status: 'enrolled' });

  expect(cancelled).toMatchObject({ change: 'updated', status: 'cancelled', ...day });
  expect(again).toMatchObject({ change: 'unchanged', version: 2 });
  expect(back).toMatchObject({ id: cancelled.id, ...day, version: 3 });
  expect(anew).toMatchObject({ completedAt: null, score: 7 });
  const none = removeEnrollment(owner, { user, course: 'SAFETY' });
  expect(await faultOf(none)).toMatchObject({ code: 'enrollment_not_found' });
});

test('an enrollment says all that is wrong with it, and writes nothing', async () => {
  const user = await person();
  const wrong = {
    ...{ user, status: 'done', score: '82,5', progress: 101, completedAt: '31.12.2026' },
  };

  expect(await codesOf(setEnrollment(owner, { ...wrong, course: 'nosuch' }))).toEqual([
    ['status', 'unknown_status'],
    ['progress', 'bad_number'],
    ['score', 'bad_number'],
    ['completedAt', 'bad_date'],
    ['course', 'course_not_found'],
  ]);
  expect(await codesOf(setEnrollment(owner, { ...wrong, course: 'OLD', ifVersion: 2 }))).toEqual([
    ['status', 'unknown_status'],
    ['progress', 'bad_number'],
    ['score', 'bad_number'],
    ['completedAt', 'bad_date'],
    ['course', 'course_archived'],
    [null, 'enrollment_changed'],
  ]);
  const stray = { user, course: 'FIRE', status: 'enrolled', completedAt: '2026-01-01' };
  expect(await faultOf(setEnrollment(owner, stray))).toMatchObject({ code: 'stray_day' });
  expect((await listEnrollments(owner, { user })).enrollments).toEqual([]);
});

test('nobody comes into an archived course, and who is in it goes on', async () => {
  const [inside, outside] = [await person(), await person()];
  await archiveCourse(owner, { course: 'OLD', undo: true });
  await setEnrollment(owner, { user: inside, course: 'OLD', status: 'enrolled' });
  await archiveCourse(owner, { course: 'OLD' });

  const set = (user: string): ReturnType<typeof setEnrollment> =>
    setEnrollment(owner, { user, course: 'OLD', status: 'in_progress' });

  expect(await set(inside)).toMatchObject({ change: 'updated' });
  expect(await faultOf(set(outside))).toMatchObject({ kind: 'conflict', code: 'course_archived' });
  await removeEnrollment(owner, { user: inside, course: 'OLD' });
  expect(await faultOf(set(inside))).toMatchObject({ code: 'course_archived' });
});

test('a change for another version is refused, and says how the enrollment is now', async () => {
  const user = await person();
  const course = 'FIRE';
  const { version } = await setEnrollment(owner, { user, course, status: 'enrolled' });
  await setEnrollment(owner, { user, course, status: 'completed', completedAt: '2026-01-02' });

  const late = await faultOf(
    setEnrollment(owner, { user, course, status: 'in_progress', ifVersion: version }),
  );

  expect(late).toMatchObject({
    ...{ kind: 'conflict', code: 'enrollment_changed' },
    details: { version: 2, enrollment: { status: 'completed', completedAt: '2026-01-02' } },
  });
  expect(late instanceof Fault && late.message).toBe(
    'The change is for version 1 of the enrollment, and it has version 2 now: completed, 2026-01-02.',
  );
});

test('two writers at once make one enrollment and one credit', async () => {
  const user = await person();
  const eight = Array.from({ length: 8 }, (_, n) => n);

  const set = await Promise.all(
    eight.map((score) => setEnrollment(owner, { user, course: 'FIRE', status: 'enrolled', score })),
  );
  const added = await Promise.all(eight.map(() => addCredit(owner, { user, ...CREDIT })));

  expect(set.filter(({ change }) => change === 'created')).toHaveLength(1);
  expect(new Set(set.map(({ version }) => version)).size).toBe(8);
  expect(added.filter(({ change }) => change === 'created')).toHaveLength(1);
  expect(new Set(added.map(({ id }) => id)).size).toBe(1);
});

const CREDIT = {
  ...{ title: 'First aid', provider: 'Red Cross' },
  ...{ credits: '1.50', earnedOn: '2026-03-01' },
};

test('what is written for an absorbed account lands on its survivor, and says by which account', async () => {
  const { survivor, absorbed, absorbedId } = await merged();

  const enrolled = await setEnrollment(owner, {
    user: absorbed,
    course: 'FIRE',
    status: 'enrolled',
  });
  const credit = await addCredit(owner, { user: absorbed, ...CREDIT });
  const own = await setEnrollment(owner, { user: survivor, course: 'SAFETY', status: 'enrolled' });

  expect([enrolled, credit].map(({ viaUserId }) => viaUserId)).toEqual([absorbedId, absorbedId]);
  expect(own.viaUserId).toBeNull();
  expect(new Set([enrolled, credit, own].map(({ userId }) => userId)).size).toBe(1);
  const { enrollments } = await listEnrollments(owner, { user: absorbed });
  expect(enrollments.map(({ course }) => course)).toEqual(['FIRE', 'SAFETY']);
});

test('a write that waits for a merge lands on the survivor', async () => {
  const [code, into] = [await person(), await person()];
  const { rows } = await store.db.pool.query<{ id: string }>(
    `select id from "user" where code = any ($1) order by code = $2 desc`,
    [[code, into], code],
  );
  const [{ id } = { id: '' }, { id: survivorId } = { id: '' }] = rows;
  let write: Promise<unknown> = Promise.resolve();
  await writingUsers(store.db, async (tx) => {
    await lockUser(tx, id);
    write = setEnrollment(owner, { user: code, course: 'FIRE', status: 'enrolled' });
    // The write has found the user and waits for its row.
    await untilBlocked(store.db);
    await tx.merge.create({
      data: { id: newId(), survivorId, absorbedId: id, imagesRemovedAt: new Date() },
    });
    await tx.user.update({ where: { id }, data: { status: 'merged', mergedIntoId: survivorId } });
  });

  expect(await write).toMatchObject({ userId: survivorId, viaUserId: id });
});

test('rows that lost in a merge are not there', async () => {
  const user = await person();
  await setEnrollment(owner, { user, course: 'FIRE', status: 'enrolled' });
  const { absorbedId } = await merged();
  const { rows: merges } = await store.db.pool.query<{ id: string }>(
    `with open as (select id from merge where absorbed_id = $1 and unmerged_at is null),
     made as (insert into merge (id, survivor_id, absorbed_id, images_removed_at)
       select id, merged_into_id, id, now() from "user" where id = $1 and not exists (select from open)
       returning id)
     select id from open union all select id from made`,
    [absorbedId],
  );
  await store.db.pool.query(
    `update enrollment e set tombstoned_by = $1 from "user" u where e.user_id = u.id and u.code = $2`,
    [merges[0]?.id, user],
  );

  expect((await listEnrollments(owner, { user })).enrollments).toEqual([]);
  const created = await setEnrollment(owner, { user, course: 'FIRE', status: 'completed' });
  expect(created).toMatchObject({ change: 'created' });
});

test('the history of a person has each change of an enrollment, old and new', async () => {
  const user = await person();
  await setEnrollment(owner, { user, course: 'FIRE', status: 'enrolled' });
  await setEnrollment(owner, {
    user,
    course: 'FIRE',
    status: 'completed',
    completedAt: '2026-01-02',
  });
  await removeEnrollment(owner, { user, course: 'FIRE' });

  const { events } = await userHistory(owner, { user });

  expect(events.map(({ action, changes }) => [action, changes])).toEqual([
    ['enrollment.remove', { 'enrollments.FIRE.status': ['completed', 'cancelled'] }],
    [
      'enrollment.set',
      {
        'enrollments.FIRE.completedAt': [null, '2026-01-02'],
        'enrollments.FIRE.status': ['enrolled', 'completed'],
      },
    ],
    ['enrollment.set', { 'enrollments.FIRE.status': [null, 'enrolled'] }],
  ]);
});

test('a user is shown with enrollments and credits', async () => {
  const user = await person();
  await setEnrollment(owner, { user, course: 'FIRE', status: 'enrolled' });
  await addCredit(owner, { user, ...CREDIT });

  expect(await showUser(owner, user)).toMatchObject({
    enrollments: [{ course: 'FIRE', status: 'enrolled' }],
    enrollmentCount: 1,
    credits: [{ title: 'First aid', credits: 1.5 }],
    creditCount: 1,
  });
});

test('a late edit of a user names changes of the user, not of records', async () => {
  const user = await person();
  const { version } = await editUser(owner, { user, set: { phone: '1' } });
  await editUser(owner, { user, set: { phone: '2' } });
  await setEnrollment(owner, { user, course: 'FIRE', status: 'enrolled' });

  const late = await faultOf(editUser(owner, { user, set: { phone: '3' }, ifVersion: version }));

  expect(late).toMatchObject({ details: { changes: [{ action: 'user.edit', field: 'phone' }] } });
});
