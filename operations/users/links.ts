import { Fault } from '../../domain/faults';
import { keyOf } from '../../domain/files/listKey';
import { isKeySized, userKey } from '../../domain/keys';
import type { UserView } from '../../domain/users/userView';
import type { AuditEvent } from '../../store/database/audit';
import { findSource, type SourceRow } from '../../store/sources/sources';
import { bumpSource, lockIdentity, putIdentity, removeIdentity } from '../../store/users/userLinks';
import { auditUser, lockUser, updateUser, writingUsers } from '../../store/users/userWrites';
import type { OperationContext } from '../context';
import { existing, userEvent } from './users';
import { resolveUser, scopeFor } from './userScope';

export interface LinkInput {
  readonly user: string;
  /** The source's name; `csv` for unnamed uploads. */
  readonly source: string;
  readonly externalId: string;
}

/**
 * Links a source's id to this user, which resolves a conflict. An id that another user holds moves
 * only on request. Returns the user.
 */
export async function linkUser(
  context: OperationContext,
  input: LinkInput & { readonly move?: boolean },
): Promise<UserView> {
  const { survivorId, key, source } = await named(context, input);
  const said = { source: source.name, externalId: key.externalId };
  const id = await writingUsers(context.db, async (tx) => {
    const held = await lockIdentity(tx, key);
    if (held !== null && input.move !== true) {
      const holder = await lockUser(tx, held);
      if (holder.id === survivorId) return holder.id;
      throw new Fault('conflict', {
        code: 'identity_held',
        message: `In source ${source.name} this id belongs to user ${holder.id}.`,
        next: {
          do: 'moveIdentity',
          user: survivorId,
          source: source.name,
          externalId: key.externalId,
        },
      });
    }
    // In the order of ids, like every writer of two users.
    const locked = new Map<string, string>();
    for (const id of [survivorId, ...(held === null ? [] : [held])].sort()) {
      locked.set(id, (await lockUser(tx, id)).id);
    }
    const user = locked.get(survivorId) ?? survivorId;
    if (held === user) return user;
    const before = held === null ? undefined : locked.get(held);
    await putIdentity(tx, key, user);
    await bumpSource(tx, key.sourceId);
    await updateUser(tx, user, {});
    await auditUser(tx, linkEvent(context, { userId: user, is: said }));
    if (before !== undefined && before !== user) {
      await updateUser(tx, before, {});
      await auditUser(tx, linkEvent(context, { userId: before, was: said }));
    }
    return user;
  });
  return existing(context, id);
}

/** Removes a source's id from the user; the source's next read matches that id again. */
export async function unlinkUser(context: OperationContext, input: LinkInput): Promise<UserView> {
  const { survivorId, key, source } = await named(context, input);
  const id = await writingUsers(context.db, async (tx) => {
    const held = await lockIdentity(tx, key);
    const holder = held === null ? null : await lockUser(tx, held);
    if (holder?.id !== survivorId) {
      throw new Fault('not_found', {
        code: 'identity_not_found',
        message: `User ${survivorId} does not have this id in source ${source.name}.`,
        next: { do: 'showUser', user: survivorId },
      });
    }
    await removeIdentity(tx, key);
    await bumpSource(tx, key.sourceId);
    await updateUser(tx, holder.id, {});
    const was = { source: source.name, externalId: key.externalId };
    await auditUser(tx, linkEvent(context, { userId: holder.id, was }));
    return holder.id;
  });
  return existing(context, id);
}

/** The event of an id that a user got, or lost. */
function linkEvent(
  context: OperationContext,
  o: {
    readonly userId: string;
    readonly was?: { readonly source: string; readonly externalId: string };
    readonly is?: { readonly source: string; readonly externalId: string };
  },
): AuditEvent {
  return userEvent(context, {
    action: o.is === undefined ? 'user.unlink' : 'user.link',
    userId: o.userId,
    changes: { identities: [o.was ?? null, o.is ?? null] },
  });
}

async function named(context: OperationContext, input: LinkInput) {
  const scope = await scopeFor(context, 'users.link');
  const { survivorId } = await resolveUser(context, input.user, scope);
  const source = await findSource(context.db.pool, input.source);
  if (source === null || source.kind === 'admin') throw noSource(input.source, source);
  const externalId = input.externalId.trim();
  if (externalId === '' || externalId.includes('\0') || !isKeySized(externalId)) {
    throw new Fault('usage', {
      code: 'bad_external_id',
      message: `The external id is ${externalId === '' ? 'empty' : 'too long, or no text'}.`,
      next: { do: 'linkIdentity' },
    });
  }
  // As the rows of a list come whose key is compared without case.
  const key = source.kind === 'list' ? keyOf(source.settings) : 'code';
  const id = key === 'email' || key === 'login' ? userKey(externalId) : externalId;
  return { survivorId, source, key: { sourceId: source.id, externalId: id } };
}

function noSource(name: string, source: SourceRow | null): Fault {
  return new Fault(source === null ? 'not_found' : 'usage', {
    code: source === null ? 'source_not_found' : 'source_has_no_ids',
    message:
      source === null
        ? `There is no source "${name}".`
        : 'What is done by hand has no ids of its own.',
    next: { do: 'nameSource' },
  });
}
