/** The form of an id (a uuid) in lower case, for JavaScript and for SQL's `~`. */
export const ID_PATTERN = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

const ID = new RegExp(ID_PATTERN, 'i');

/** True for text that has the form of an id, in any case. */
export function isId(text: string): boolean {
  return ID.test(text);
}
