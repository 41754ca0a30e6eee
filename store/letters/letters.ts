import { userKey } from '../../domain/keys';
import { isId } from '../../domain/ids';
import type { LetterCategory } from '../../domain/letters/content';
import type { Variable } from '../../domain/letters/variables';
import { newId, type Queryable } from '../database/db';

/** A letter as it is kept. */
export interface LetterRow {
  readonly id: string;
  readonly name: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly variables: readonly Variable[];
  readonly category: LetterCategory;
  readonly version: number;
  /** Not null: it is kept for the campaigns that sent it, and its name is free. */
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type LetterValues = Pick<
  LetterRow,
  'name' | 'subject' | 'text' | 'html' | 'variables' | 'category'
>;

const SELECT = `
  select l.id, l.name, l.subject, l.text, l.html, l.variables, l.category, l.version,
    l.archived_at as "archivedAt", l.created_at as "createdAt", l.updated_at as "updatedAt"
  from letter l`;

/** A page of letters by name, archived ones last among their namesakes; `after`: the last of the page before. */
export async function selectLetters(
  db: Queryable,
  o: { readonly archived: boolean; readonly limit: number; readonly after: string | null },
): Promise<LetterRow[]> {
  const { rows } = await db.query<LetterRow>(
    `${SELECT}
     where ($1 or l.archived_at is null)
       and ($2::uuid is null
         or (l.name_key, l.id) > (select a.name_key, a.id from letter a where a.id = $2))
     order by l.name_key, l.id limit $3`,
    [o.archived, o.after, o.limit],
  );
  return rows;
}

/** The letter of this id, or of this name in any case; archived ones have only their id. */
export async function findLetter(
  db: Queryable,
  ref: string,
  lock?: 'update',
): Promise<LetterRow | null> {
  const { rows } = await db.query<LetterRow>(
    `${SELECT} where l.name_key = $1 and l.archived_at is null or l.id = $2
     order by l.id = $2 limit 1 ${lock === undefined ? '' : 'for no key update'}`,
    [userKey(ref), isId(ref.trim()) ? ref.trim() : null],
  );
  return rows[0] ?? null;
}

/** Names among which the nearest one is looked for. */
const MAX_NAMES = 1_000;

export async function letterNames(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from letter where archived_at is null order by id desc limit ${String(MAX_NAMES)}`,
  );
  return rows.map(({ name }) => name);
}

/** Creates a letter; null when another one has the name. */
export async function insertLetter(tx: Queryable, letter: LetterValues): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into letter (id, name, name_key, subject, text, html, variables, category)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (name_key) where archived_at is null do nothing returning id`,
    [newId(), ...valuesOf(letter)],
  );
  return rows[0]?.id ?? null;
}

/** Throws SQLSTATE 23505 when another letter has the name. */
export async function updateLetter(
  tx: Queryable,
  { id, ...letter }: LetterValues & { readonly id: string },
): Promise<void> {
  await tx.query(
    `update letter set name = $2, name_key = $3, subject = $4, text = $5, html = $6, variables = $7,
       category = $8, version = version + 1, updated_at = now()
     where id = $1`,
    [id, ...valuesOf(letter)],
  );
}

/** Throws SQLSTATE 23505 when another letter took the name of one that comes back. */
export async function archiveLetter(
  tx: Queryable,
  o: { readonly id: string; readonly archived: boolean },
): Promise<void> {
  await tx.query(
    `update letter set archived_at = case when $2 then now() end, version = version + 1,
       updated_at = now()
     where id = $1`,
    [o.id, o.archived],
  );
}

function valuesOf(letter: LetterValues): readonly unknown[] {
  const { name, subject, text, html, variables, category } = letter;
  return [name, userKey(name), subject, text, html, JSON.stringify(variables), category];
}
