import { keyOf, type Person, type World } from './types';

/**
 * People whom a read deactivates, reactivates, or gives another e-mail or login: when a person rejects
 * that, the same read is held for each of them. An absorbed account has no change of its own.
 */
export function rejectable(before: World, after: World): Set<string> {
  const people = new Set<string>();
  for (const was of before.people.values()) {
    const now = after.people.get(was.id);
    if (now === undefined || was.mergedInto !== null) continue;
    const status = was.fields['status'] !== now.fields['status'];
    if (status || loses(was, now, 'login') || loses(was, now, 'email')) people.add(was.id);
  }
  return people;
}

function loses(was: Person, now: Person, kind: 'login' | 'email'): boolean {
  const [old, next] = [was.fields[kind] ?? null, now.fields[kind] ?? null];
  return old !== null && (next === null || keyOf(kind, next) !== keyOf(kind, old));
}
