import type { CreatedToken, TokenView } from '../../domain/admins/adminView';
import { DEFAULT_TOKEN_DAYS, tokenEnd } from '../../domain/admins/token';
import { Fault } from '../../domain/faults';
import { ID_BEGINNING, byPrefix } from '../../domain/ids';
import { may, requirePermission } from '../../domain/permissions';
import { lockAdmins, ownersHaveToken, type AdminRow } from '../../store/admins/admins';
import {
  findTokens,
  insertToken,
  revokeTokenRow,
  selectTokens,
  type TokenRow,
} from '../../store/admins/tokens';
import { raiseAlerts } from '../../store/alerts/alerts';
import { audit, type AuditActor, type AuditChanges } from '../../store/database/audit';
import { newId, transaction, type Db, type Tx } from '../../store/database/db';
import { actorOf } from '../actor';
import { openingFault, type Door, type OperationContext } from '../context';
import { existingAdmin } from './admins';
import { makeToken } from './secret';

export interface CreateToken {
  /** Name or id of the admin; the actor unless given. Another admin's token is an owner's to make. */
  readonly admin?: string | undefined;
  /** What the token is for. */
  readonly name?: string | undefined;
  /** `90d`, `12w`, `8h`, or the last day in UTC, `2027-03-01`; 90 days unless given. */
  readonly expires?: string | undefined;
}

/**
 * Makes a token, whose secret is in the answer and nowhere else. An admin may have several, so that
 * one replaces another while both are valid. Faults: `usage`, `conflict` (the admin may not act),
 * `not_found`, `forbidden`.
 */
export async function createToken(
  context: OperationContext,
  input: CreateToken,
): Promise<CreatedToken> {
  requirePermission(context.level, 'tokens.write');
  const values = readToken(input);
  const admin = await adminOf(context, input.admin);
  if (admin.id !== context.actorId) requirePermission(context.level, 'admins.write');
  requireActing(admin);
  return transaction(context.db, (tx) =>
    storeToken(tx, { ...values, admin, action: 'token.create', actor: actorOf(context) }),
  );
}

export interface RecoverToken extends CreateToken {
  readonly admin: string;
  /** The library, unless given. */
  readonly door?: Door | undefined;
}

/**
 * Makes a token of an owner for an actor who shows none, while no owner who may act has a valid one:
 * who has the database's address can write to it anyhow. It is audited under a name of its own, and
 * every receiver of alerts learns of it. `null`: an owner has a token, or the admin is no owner.
 * Faults: `usage`, `not_found`, `conflict`.
 */
export async function recoverToken(store: Db, input: RecoverToken): Promise<CreatedToken | null> {
  const values = readToken(input);
  const ref = input.admin;
  return transaction(store, async (tx) => {
    await lockAdmins(tx);
    if (await ownersHaveToken(tx)) return null;
    const admin = await existingAdmin({ db: store, tx }, ref);
    if (admin.level !== 'owner') return null;
    requireActing(admin);
    const token = await storeToken(tx, {
      ...values,
      admin,
      action: 'token.recovered',
      actor: { actorId: null, door: input.door ?? 'library', tokenId: null },
    });
    await raiseAlerts(tx, [recovered(token, admin)]);
    return token;
  }).catch((cause: unknown) => {
    throw openingFault(cause);
  });
}

/** Tokens, the newest first: the actor's own; an owner sees those of everybody, or of one admin. */
export async function listTokens(
  context: OperationContext,
  o: { readonly admin?: string | undefined } = {},
): Promise<TokenView[]> {
  requirePermission(context.level, 'tokens.write');
  if (o.admin === undefined) {
    const adminId = may(context.level, 'admins.write') ? null : context.actorId;
    return (await selectTokens(context.db.pool, { adminId })).map(tokenView);
  }
  const { id } = await adminOf(context, o.admin);
  if (id !== context.actorId) requirePermission(context.level, 'admins.write');
  return (await selectTokens(context.db.pool, { adminId: id })).map(tokenView);
}

/**
 * Ends a token at once, by its beginning or its id; a token that is revoked already stays so. Faults:
 * `not_found` (also for another admin's token, unless the actor is an owner), `usage` (ambiguous).
 */
export async function revokeToken(context: OperationContext, ref: string): Promise<TokenView> {
  requirePermission(context.level, 'tokens.write');
  const { id, ...token } = await existingToken(context, ref);
  await transaction(context.db, async (tx) => {
    if (!(await revokeTokenRow(tx, id))) return;
    const changes = changesOf(token, (value) => [value, null]);
    const subject = { subjectType: 'token', subjectId: id } as const;
    await audit(tx, { ...actorOf(context), action: 'token.revoke', ...subject, changes });
  });
  return tokenView(await existingToken(context, id));
}

/** Whose token it is, what it is for and when it ends, for the audit. */
function changesOf(
  { admin, name, expiresAt }: Pick<TokenRow, 'admin' | 'name' | 'expiresAt'>,
  pair: (value: string) => AuditChanges[string],
): AuditChanges {
  return { admin: pair(admin), name: pair(name), expires: pair(expiresAt.toISOString()) };
}

/** Only an owner learns whether another admin exists. */
async function adminOf(context: OperationContext, ref: string | undefined): Promise<AdminRow> {
  if (ref === undefined) return existingAdmin(context, context.actorId);
  if (may(context.level, 'admins.write')) return existingAdmin(context, ref);
  const own = await existingAdmin(context, context.actorId);
  const named = ref.trim().toLowerCase();
  if (named !== own.id && named !== own.name.toLowerCase()) {
    requirePermission(context.level, 'admins.write');
  }
  return own;
}

function requireActing({ name, disabledAt, userId, userStatus }: AdminRow): void {
  const stopped = userId !== null && userStatus !== 'active';
  if (disabledAt === null && !stopped) return;
  throw new Fault('conflict', {
    code: disabledAt === null ? 'admin_user_inactive' : 'admin_disabled',
    message:
      disabledAt === null
        ? `The user who is the admin "${name}" is not active.`
        : `The admin "${name}" is disabled.`,
    next: { do: disabledAt === null ? 'unlinkAdmin' : 'enableAdmin', admin: name },
  });
}

interface TokenValues {
  readonly name: string | null;
  readonly expiresAt: Date;
}

const MAX_NAME_CHARS = 100;

function readToken({ name, expires }: CreateToken): TokenValues {
  const end = tokenEnd(expires ?? `${String(DEFAULT_TOKEN_DAYS)}d`, new Date());
  const named = name?.trim() ?? null;
  const bad =
    named !== null && (named === '' || named.length > MAX_NAME_CHARS || /\p{C}/u.test(named));
  const faults = [
    ...(typeof end === 'string' ? [`--expires: ${end}`] : []),
    ...(bad ? [`--name has 1 to ${String(MAX_NAME_CHARS)} visible characters.`] : []),
  ];
  if (typeof end !== 'string' && faults.length === 0) return { name: named, expiresAt: end };
  throw new Fault('usage', {
    code: 'bad_expiry',
    message: faults.join('\n'),
    next: { do: 'helpCreateToken' },
  });
}

async function storeToken(
  tx: Tx,
  o: TokenValues & {
    readonly admin: AdminRow;
    readonly action: 'token.create' | 'token.recovered';
    readonly actor: AuditActor;
  },
): Promise<CreatedToken> {
  const { admin, expiresAt, actor, action } = o;
  const { token, prefix, hash } = makeToken();
  const id = newId();
  const name = o.name ?? `${admin.name} ${new Date().toISOString().slice(0, 10)}`;
  await insertToken(tx, { ...{ id, name, prefix, hash, expiresAt }, adminId: admin.id });
  const changes = changesOf({ admin: admin.name, name, expiresAt }, (value) => [null, value]);
  await audit(tx, { ...actor, action, subjectType: 'token', subjectId: id, changes });
  const [row] = await findTokens(tx, { ref: id, adminId: null });
  if (row === undefined) throw new Error('the token just made is gone');
  return { ...tokenView(row), token };
}

function recovered({ id, prefix, expiresAt }: CreatedToken, admin: AdminRow) {
  return {
    event: 'token_recovered',
    key: `token_recovered:${id}`,
    toAll: true,
    data: {
      source: null,
      state: 'recovered',
      ...{ token: prefix, adminId: admin.id, expiresAt },
      next: { do: 'listTokens' },
    },
  } as const;
}

const REF = new RegExp(`^rc_[0-9a-z]*$|${ID_BEGINNING.source}`);

/** A token by its beginning or its id; a complete token names itself, too. */
async function existingToken(context: OperationContext, ref: string): Promise<TokenRow> {
  const text = ref.trim();
  const named = (/^rc_[0-9a-z]{8}(?=_)/.exec(text)?.[0] ?? text).toLowerCase();
  const adminId = may(context.level, 'admins.write') ? null : context.actorId;
  return byPrefix(named, {
    form: REF,
    find: async (wanted) => {
      const found = await findTokens(context.db.pool, { ref: wanted, adminId });
      const whole = found.find(({ prefix }) => prefix === wanted);
      return whole === undefined ? found : [whole];
    },
    missing: () =>
      new Fault('not_found', {
        code: 'token_not_found',
        // A complete token, given by mistake, is not repeated.
        message: `There is no token ${named.slice(0, 36)}.`,
        next: { do: 'listTokens' },
      }),
    several: () =>
      new Fault('usage', {
        code: 'token_ambiguous',
        message: `More than one token begins with ${named}.`,
        next: { do: 'listTokens' },
      }),
  });
}

function tokenView(row: TokenRow): TokenView {
  const { adminId: _, createdAt, expiresAt, lastUsedAt, revokedAt, ...rest } = row;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
