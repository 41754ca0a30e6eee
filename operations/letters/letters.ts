import type { RendererOptions } from '../../connectors/delivery/render';
import { Fault } from '../../domain/faults';
import type { LetterCategory } from '../../domain/letters/content';
import type { Variable } from '../../domain/letters/variables';
import { nearestName } from '../../domain/nearest';
import { sqlStateOf } from '../../domain/passing';
import { requirePermission } from '../../domain/permissions';
import { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import { audit, type AuditChanges } from '../../store/database/audit';
import { transaction, type Queryable, type Tx } from '../../store/database/db';
import {
  archiveLetter as writeArchived,
  findLetter,
  insertLetter,
  letterNames,
  selectLetters,
  updateLetter,
  type LetterRow,
  type LetterValues,
} from '../../store/letters/letters';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { pageFrom, pageOf } from '../pages';
import { checkContent, readLetter, withRenderer, type GivenLetter } from './letterValues';

/** Where and how letters are rendered. */
export type { RendererOptions } from '../../connectors/delivery/render';

/** A letter as it is shown. */
export interface LetterView {
  readonly letterId: string;
  readonly name: string;
  readonly subject: string;
  readonly text: string;
  /** `null`: the HTML is made from the text. */
  readonly html: string | null;
  readonly variables: readonly Variable[];
  readonly category: LetterCategory;
  readonly version: number;
  /** ISO 8601 instants. `archivedAt` is `null` for a letter that can be sent. */
  readonly archivedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A letter in a list: without its text. */
export type ListedLetter = Omit<LetterView, 'text' | 'html'>;

export interface LetterList {
  readonly letters: readonly ListedLetter[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

export interface ListLetters {
  /** Archived ones, too. */
  readonly all?: boolean;
  /** 1 to 1,000; 100 unless given. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

export interface CreateLetter extends GivenLetter {
  /** Unique without regard to case, among letters that are not archived. */
  readonly name: string;
  readonly subject: string;
  readonly text: string;
}

export interface EditLetter extends GivenLetter {
  /** The name or the id. */
  readonly letter: string;
  /** The version that the edit was made from: refused where the letter has another one. */
  readonly ifVersion?: number;
}

/**
 * Keeps a letter under a name. What it says is checked: paths, syntax, and a trial for people with and without
 * values. Faults: `usage` (all at once, with line and column), `conflict` where a letter has the name.
 */
export async function createLetter(
  context: OperationContext,
  input: CreateLetter,
  rendering: RendererOptions = {},
): Promise<LetterView> {
  requirePermission(context.level, 'letters.write');
  const faults = new Faults();
  const { name = '', subject = '', text = '', ...rest } = readLetter(input, faults);
  const { html = null, variables = [], category = 'administrative' } = rest;
  const letter = { name, subject, text, html, variables, category };
  await refuseWrong(context, { letter, faults, rendering });
  return transaction(context.db, async (tx) => {
    const id = await insertLetter(tx, letter);
    if (id === null) throw exists(name);
    const changes = changesOf(null, letter);
    await tell(context, tx, { action: 'letter.create', id, changes, fields: fieldsOf(letter) });
    return shownNow(tx, id);
  });
}

/** A page of letters by name, archived ones only with `all`. */
export async function listLetters(
  context: OperationContext,
  { all = false, ...page }: ListLetters = {},
): Promise<LetterList> {
  requirePermission(context.level, 'letters.read');
  const { limit, after } = pageOf(page);
  const found = await selectLetters(context.db.pool, {
    archived: all,
    limit: limit + 1,
    after,
  });
  const { rows, next } = pageFrom(found, { limit, place: ({ id }) => id });
  const letters = rows.map((row): ListedLetter => {
    const { text: _text, html: _html, ...listed } = view(row);
    return listed;
  });
  return { letters, next };
}

/** The letter of this name or id. @throws Fault not_found */
export async function showLetter(context: OperationContext, letter: string): Promise<LetterView> {
  requirePermission(context.level, 'letters.read');
  return view(await knownLetter(context.db.pool, letter));
}

/**
 * Changes a letter. What is on its way keeps the content that it was frozen with. Writes nothing when nothing
 * changes. Faults: `usage`, `not_found`, `conflict` (`letter_changed`: another edit came first;
 * `letter_exists`), `state` (`letter_archived`).
 */
export async function editLetter(
  context: OperationContext,
  input: EditLetter,
  rendering: RendererOptions = {},
): Promise<LetterView> {
  requirePermission(context.level, 'letters.write');
  const faults = new Faults();
  const given = readLetter(input, faults);
  const before = await knownLetter(context.db.pool, input.letter);
  refuseStale(before, input.ifVersion);
  await refuseWrong(context, { letter: { ...before, ...given }, faults, rendering });
  return keepingNames(given.name ?? before.name, () =>
    transaction(context.db, async (tx) => {
      const row = await knownLetter(tx, before.id, 'update');
      refuseArchived(row);
      // The parts were checked together with those that the letter had then.
      refuseStale(row, before.version);
      const after = { ...row, ...given };
      const changes = changesOf(row, after);
      const fields = [...Object.keys(changes), ...bodyChanges(row, after)];
      if (fields.length === 0) return view(row);
      await updateLetter(tx, after);
      await tell(context, tx, { action: 'letter.edit', id: row.id, changes, fields });
      return shownNow(tx, row.id);
    }),
  );
}

/** Keeps the same letter under another name. Faults: `usage`, `not_found`, `conflict`. */
export async function duplicateLetter(
  context: OperationContext,
  input: { readonly letter: string; readonly name: string },
): Promise<LetterView> {
  requirePermission(context.level, 'letters.write');
  const faults = new Faults();
  const { name = '' } = readLetter({ name: input.name }, faults);
  faults.refuse();
  return transaction(context.db, async (tx) => {
    const row = await knownLetter(tx, input.letter);
    const letter = { ...row, name };
    const id = await insertLetter(tx, letter);
    if (id === null) throw exists(name);
    const changes = { ...changesOf(null, letter), copyOf: [null, row.id] } as const;
    await tell(context, tx, { action: 'letter.duplicate', id, changes, fields: fieldsOf(letter) });
    return shownNow(tx, id);
  });
}

/**
 * Archives a letter: it is sent no more, its name is free, and campaigns keep what they sent. With `undo` it can
 * be sent again. Faults: `not_found`, `conflict` where another letter took the name.
 */
export async function archiveLetter(
  context: OperationContext,
  input: { readonly letter: string; readonly undo?: boolean },
): Promise<LetterView> {
  requirePermission(context.level, 'letters.write');
  const archived = input.undo !== true;
  const { id, name } = await knownLetter(context.db.pool, input.letter);
  return keepingNames(name, () =>
    transaction(context.db, async (tx) => {
      const row = await knownLetter(tx, id, 'update');
      if ((row.archivedAt !== null) === archived) return view(row);
      await writeArchived(tx, { id, archived });
      await tell(context, tx, {
        action: archived ? 'letter.archive' : 'letter.unarchive',
        id,
        changes: { archived: [!archived, archived] },
      });
      return shownNow(tx, id);
    }),
  );
}

/** The letter of this name or id. @throws Fault not_found */
export async function knownLetter(db: Queryable, ref: string, lock?: 'update'): Promise<LetterRow> {
  const clean = ref.replaceAll('\0', '');
  const row = await findLetter(db, clean, lock);
  if (row !== null) return row;
  const near = nearestName(clean.trim(), await letterNames(db));
  throw new Fault('not_found', {
    code: 'letter_not_found',
    message: `There is no letter ${shown(clean)}.${near === undefined ? '' : ` Did you mean ${shown(near)}?`}`,
    next: { do: 'listLetters' },
  });
}

/** Throws Fault `state` for a letter that is archived: it is neither sent nor edited. */
export function refuseArchived({ id, name, archivedAt }: LetterRow): void {
  if (archivedAt === null) return;
  throw new Fault('state', {
    code: 'letter_archived',
    message: `The letter ${shown(name)} is archived.`,
    next: { do: 'unarchiveLetter', letter: id },
  });
}

async function refuseWrong(
  context: OperationContext,
  o: {
    readonly letter: LetterValues;
    readonly faults: Faults;
    readonly rendering: RendererOptions;
  },
): Promise<void> {
  const { letter, faults, rendering } = o;
  const content = { ...letter, values: {} };
  await withRenderer(rendering, (renderer) =>
    checkContent(context.db.pool, { content, renderer, faults }),
  );
  faults.refuse();
}

function refuseStale({ id, name, version }: LetterRow, expected: number | undefined): void {
  if (expected === undefined || expected === version) return;
  throw new Fault('conflict', {
    code: 'letter_changed',
    message:
      `The letter ${shown(name)} was changed in between: it has version ${String(version)}, and the edit was ` +
      `made from version ${String(expected)}. Nothing was written.`,
    next: { do: 'showLetter', letter: id },
    details: { version },
  });
}

/** A name that another letter has, or takes at the same moment. */
async function keepingNames<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlStateOf(error) === '23505') throw exists(name);
    throw error;
  }
}

function exists(name: string): Fault {
  return new Fault('conflict', {
    code: 'letter_exists',
    message: `There is a letter ${shown(name)} already.`,
    next: { do: 'showLetter', letter: name },
  });
}

const SHORT = ['name', 'subject', 'category'] as const;
const LONG = ['text', 'html', 'variables'] as const;

/** Text and HTML are kept with the letter and its campaigns, not once more with each event. */
function changesOf(before: LetterValues | null, after: LetterValues): AuditChanges {
  return Object.fromEntries(
    SHORT.flatMap((field) =>
      before?.[field] === after[field]
        ? []
        : [[field, [before?.[field] ?? null, after[field]] as const]],
    ),
  );
}

function bodyChanges(before: LetterValues, after: LetterValues): string[] {
  const same = (field: (typeof LONG)[number]): boolean =>
    JSON.stringify(before[field]) === JSON.stringify(after[field]);
  return LONG.filter((field) => !same(field));
}

function fieldsOf({ html, variables }: LetterValues): string[] {
  return [
    ...SHORT,
    'text',
    ...(html === null ? [] : ['html']),
    ...(variables.length === 0 ? [] : ['variables']),
  ];
}

async function tell(
  context: OperationContext,
  tx: Tx,
  o: {
    readonly action: string;
    readonly id: string;
    readonly changes: AuditChanges;
    readonly fields?: readonly string[];
  },
): Promise<void> {
  const { id, ...event } = o;
  await audit(tx, { ...actorOf(context), ...event, subjectType: 'letter', subjectId: id });
}

async function shownNow(tx: Tx, id: string): Promise<LetterView> {
  return view(await knownLetter(tx, id));
}

function view({ id, archivedAt, createdAt, updatedAt, ...letter }: LetterRow): LetterView {
  return {
    letterId: id,
    ...letter,
    archivedAt: archivedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
