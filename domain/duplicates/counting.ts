import type { Rarity } from './rarity';
import { fullName, mailbox, type Traits } from './traits';

/** Counts the values of one user, once for each user. */
export function countTraits(rarity: Rarity, t: Traits): void {
  rarity.addPerson();
  const add = (kind: Parameters<Rarity['add']>[0], value: string): void => {
    if (value !== '') rarity.add(kind, value);
  };
  for (const word of new Set(t.first)) add('first', word);
  const last = t.family;
  for (const word of new Set([last, ...t.last])) add('last', word);
  if (t.first.length > 0 && last !== '') add('full', fullName(t));
  if (t.local !== '') add('mailbox', mailbox(t));
  for (const local of new Set([t.local, t.login])) add('local', local);
  add('phone', t.phone);
  add('day', t.hireDate);
  add('organization', t.organization);
  add('title', t.title);
  add('department', t.department);
  add('location', t.location);
}
