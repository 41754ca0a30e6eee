import type { Fault } from './faults';

/** The form of an id (a uuid) in lower case, for JavaScript and for SQL's `~`. */
export const ID_PATTERN = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** The form of an id in lower case, or of a beginning that names it. */
export const ID_BEGINNING = /^[0-9a-f-]{4,36}$/;

const ID = new RegExp(ID_PATTERN, 'i');

/** True for text that has the form of an id, in any case. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/**
 * The one thing whose id is this text, or begins with it. `find`: those that begin so, two of several at least.
 * @throws Fault `missing` where there is none, `several` where there is more than one.
 */
export async function byPrefix<T>(
  ref: string,
  o: {
    readonly find: (prefix: string) => Promise<readonly T[]>;
    readonly missing: () => Fault;
    readonly several: (found: readonly T[]) => Fault;
    /** The form of an id or a beginning; of a uuid unless given. */
    readonly form?: RegExp;
  },
): Promise<T> {
  const prefix = ref.trim().toLowerCase();
  const found = (o.form ?? ID_BEGINNING).test(prefix) ? await o.find(prefix) : [];
  const [one, other] = found;
  if (one === undefined) throw o.missing();
  if (other !== undefined) throw o.several(found);
  return one;
}
