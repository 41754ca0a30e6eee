import { accessOf, type AccessFacts } from '../../domain/access';

const ACTIVE: AccessFacts = { status: 'active', mergedIntoId: null, deactivatedReason: null };

test.each<[Partial<AccessFacts>, boolean, string]>([
  [{}, true, 'active'],
  [{ status: 'inactive' }, false, 'inactive'],
  [{ status: 'inactive', deactivatedReason: 'absent' }, false, 'inactive'],
  [{ status: 'inactive', deactivatedReason: 'after_last_day' }, false, 'after_last_day'],
  [{ status: 'inactive', deactivatedReason: 'before_first_day' }, false, 'before_first_day'],
  [{ status: 'inactive', deactivatedReason: 'erased' }, false, 'inactive'],
  [{ status: 'merged', mergedIntoId: 'x' }, false, 'merged'],
  [{ mergedIntoId: 'x' }, false, 'merged'],
  [{ erased: true }, false, 'erased'],
  [{ status: 'merged', mergedIntoId: 'x', erased: true }, false, 'erased'],
])('%j: allowed is %s, because %s', (facts, allowed, reason) => {
  expect(accessOf({ ...ACTIVE, ...facts })).toEqual({ allowed, reason });
});
