import type { StoredMessage } from '../../domain/runs/messages';
import type { DiffEntry } from '../../domain/runs/runDocument';
import type { UserScope } from '../../domain/permissions';
import { OUTSIDE } from '../../domain/users/userView';
import type { StoredDocument } from '../../store/report/document';
import { usersWithin } from '../../store/users/reach';
import type { OperationContext } from '../context';
import { maskFor } from '../users/outside';
import { reachOf } from '../users/userScope';

/** Entries that are looked up at once. */
const BATCH = 500;

/**
 * Entries of a run as the actor may see them. People outside the reach (they moved since, or the actor had
 * a wider reach once) keep their entry, which counts, without anything about the person.
 */
export async function entriesWithin(
  context: OperationContext,
  entries: AsyncIterable<DiffEntry>,
): Promise<AsyncIterable<DiffEntry>> {
  const scope = await reachOf(context);
  if (scope.kind === 'all') return entries;
  return inBatches(entries, (batch) => maskedEntries(context, scope, batch));
}

async function maskedEntries(
  context: OperationContext,
  scope: UserScope,
  entries: readonly DiffEntry[],
): Promise<DiffEntry[]> {
  const ids = entries.flatMap(({ userId }) => userId ?? []);
  const seen = await usersWithin(context.db.pool, { ids, scope });
  const mask = await maskFor(
    context,
    scope,
    entries.map(({ changes }) => changes),
  );
  return entries.map((entry) => {
    const { entry: n, line, action, state, matchedBy, reason, changes } = entry;
    if (entry.userId !== null && seen.has(entry.userId)) {
      return { ...entry, changes: mask?.pairs(changes) ?? changes };
    }
    const rest = { entry: n, line, action, state, matchedBy, reason };
    return { ...rest, name: OUTSIDE, userId: null, code: null, changes: {} };
  });
}

/** Messages of a run: of those about people, only those about people within the reach. */
export async function messagesWithin<M extends StoredMessage>(
  context: OperationContext,
  messages: AsyncIterable<M>,
): Promise<AsyncIterable<M>> {
  const scope = await reachOf(context);
  if (scope.kind === 'all') return messages;
  return inBatches(messages, (batch) => seenMessages(context, scope, batch));
}

/** A document, with its messages as {@link messagesWithin}. */
export async function documentWithin(
  context: OperationContext,
  document: StoredDocument,
): Promise<StoredDocument> {
  const scope = await reachOf(context);
  if (scope.kind === 'all') return document;
  return { ...document, messages: await seenMessages(context, scope, document.messages) };
}

/** A message that names no user by an id may be about anybody: it is left out. */
async function seenMessages<M extends StoredMessage>(
  context: OperationContext,
  scope: UserScope,
  messages: readonly M[],
): Promise<M[]> {
  const ids = messages.flatMap((message) => userOf(message) ?? []);
  const seen = await usersWithin(context.db.pool, { ids, scope });
  return messages.filter((message) => seen.has(userOf(message) ?? ''));
}

function userOf({ facts }: StoredMessage): string | undefined {
  const user = facts !== null && typeof facts === 'object' && 'user' in facts ? facts.user : null;
  return typeof user === 'string' ? user : undefined;
}

async function* inBatches<T>(
  all: AsyncIterable<T>,
  seen: (batch: readonly T[]) => Promise<readonly T[]>,
): AsyncGenerator<T> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < BATCH) continue;
    yield* await seen(batch);
    batch = [];
  }
  yield* await seen(batch);
}
