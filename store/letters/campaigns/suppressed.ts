import type { LetterCategory } from '../../../domain/letters/content';
import { holdsBack } from '../../../domain/letters/suppressions';
import type { Queryable } from '../../database/db';
import type { Keyring } from '../../sources/secrets';
import { suppressedAmong } from '../suppressions';
import { addressesOf, type People } from './recipients';

const ADDRESSES_AT_ONCE = 10_000;

/** How many of the people who are to get a letter of this category have an address that it does not go to. */
export async function countSuppressed(
  db: Queryable,
  o: Keyring & { readonly people: People; readonly category: LetterCategory },
  recent: readonly string[],
): Promise<number> {
  // Without a key no address was ever suppressed.
  if (o.keys.length === 0 || !(await anySuppressed(db))) return 0;
  let count = 0;
  for await (const found of addressesOf(db, { ...o.people, page: ADDRESSES_AT_ONCE }, recent)) {
    const addresses = found.map(({ email }) => email);
    const reasons = await suppressedAmong(db, { keys: o.keys, addresses });
    count += addresses.filter((address) => {
      const reason = reasons.get(address);
      return reason !== undefined && holdsBack(reason, o.category);
    }).length;
  }
  return count;
}

async function anySuppressed(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    'select exists (select from suppression) as any',
  );
  return rows[0]?.any === true;
}
