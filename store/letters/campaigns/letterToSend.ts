import { userKey } from '../../../domain/keys';
import type { LetterContent } from '../../../domain/letters/content';
import type { Queryable } from '../../database/db';

/** The letter of this name that is not archived, as it is sent; `null`: there is none. */
export async function findLetterToSend(
  db: Queryable,
  name: string,
): Promise<{
  readonly id: string;
  readonly name: string;
  readonly content: Omit<LetterContent, 'values'>;
} | null> {
  const { rows } = await db.query<
    { readonly id: string; readonly name: string } & Omit<LetterContent, 'values'>
  >(
    `select id, name, subject, text, html, variables, category from letter
     where name_key = $1 and archived_at is null`,
    [userKey(name)],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { id, name: own, ...content } = row;
  return { id, name: own, content };
}
