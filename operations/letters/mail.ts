import { findLetters, rawLetter, readLetters } from '../../connectors/delivery/sink/folder';
import { byPrefix } from '../../domain/ids';
import { Fault } from '../../domain/faults';
import { parseId } from '../../domain/letters/sink/files';
import type { ShownLetter, SinkLetter } from '../../domain/letters/sink/letter';
import { requirePermission } from '../../domain/permissions';
import { shown } from '../../domain/shown';
import type { OperationContext } from '../context';
import { cursorAt, pageOf } from '../pages';

export interface ListMail {
  /** Only letters that were delivered to this address, in any case. */
  readonly to?: string;
  /** 1 to 1,000; 20 unless given. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

export interface MailList {
  /** Newest first. */
  readonly letters: readonly SinkLetter[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

const DEFAULT_LIMIT = 20;

/** Letters in the sink, in `folder`. Faults: `forbidden`, `usage`. */
export async function listMail(
  context: OperationContext,
  folder: string,
  input: ListMail = {},
): Promise<MailList> {
  requirePermission(context.level, 'mail.read');
  const { to, ...page } = input;
  const isPlace = (text: string): boolean => parseId(text) !== undefined;
  const { limit, after } = pageOf(page, { limit: DEFAULT_LIMIT, isPlace });
  const { letters, hasMore } = await readLetters(folder, {
    limit,
    ...(to === undefined ? {} : { to }),
    ...(after === null ? {} : { before: after }),
  });
  const last = letters.at(-1);
  return { letters, next: hasMore && last !== undefined ? cursorAt(last.id) : null };
}

/** The letter of this id, or of a unique beginning of one. Faults: `forbidden`, `not_found`, `usage`. */
export async function showMail(
  context: OperationContext,
  folder: string,
  id: string,
): Promise<ShownLetter> {
  requirePermission(context.level, 'mail.read');
  return byPrefix(id, {
    form: /^[0-9a-z]{3,11}$/,
    find: (wanted) => findLetters(folder, wanted),
    missing: () =>
      new Fault('not_found', {
        code: 'mail_not_found',
        message: `No letter ${shown(id)} is in the sink. Old letters are removed from it.`,
        next: { do: 'listMail' },
      }),
    several: () =>
      new Fault('usage', {
        code: 'mail_ambiguous',
        message: `Several letters begin with ${shown(id)}.`,
        next: { do: 'listMail' },
      }),
  });
}

/** The bytes of that letter as they came, in chunks. Faults: as {@link showMail}. */
export async function rawMail(
  context: OperationContext,
  folder: string,
  id: string,
): Promise<AsyncIterable<Uint8Array>> {
  return rawLetter(await showMail(context, folder, id));
}
