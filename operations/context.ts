import { Fault } from '../domain/faults';
import { databaseFault, sqlStateOf } from '../domain/passing';
import type { Next } from '../domain/next';
import { requirePermission, type PermissionLevel } from '../domain/permissions';
import { firstOwner, ownersHaveToken } from '../store/admins/admins';
import { comerById, comerByToken, noteUse, type Comer } from '../store/admins/tokens';
import { openDatabase, type Db } from '../store/database/db';
import { sessionFault } from '../store/database/session';
import { OWNER_ID } from '../store/sources/sources';
import { hashToken } from './admins/secret';
import {
  endedFault,
  stoppedFault,
  stoppedStep,
  tokenNeeded,
  tokenUnknown,
} from './admins/tokenFaults';

/** Where an actor comes in. */
export const DOORS = ['cli', 'library', 'worker', 'api'] as const;
export type Door = (typeof DOORS)[number];

/** First argument of every operation: the store, who acts, and what that admin may do. */
export interface OperationContext {
  readonly db: Db;
  readonly actorId: string;
  readonly level: PermissionLevel;
  readonly door: Door;
  /** The token that the actor showed; `null`: none was needed. */
  readonly tokenId: string | null;
}

export interface OpenOptions {
  readonly databaseUrl: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections at most; 4 by default. */
  readonly maxConnections?: number;
}

/**
 * Opens the store, once for each process: all actors share its pool. Connects at the first statement;
 * close it with `close()`.
 */
export function openStore(options: OpenOptions): Db {
  const { databaseUrl, applicationName, maxConnections = 4 } = options;
  return openDatabase({ url: databaseUrl, applicationName, maxConnections });
}

/** Who acts: by token, or an admin by id, who needs none. There is no default. */
export type Acting = { readonly token: string } | { readonly actorId: string };

/** Who acts without a token on the database that `up` runs: the owner that set-up made. */
export const WITHOUT_TOKEN = { actorId: OWNER_ID } as const;

/** An actor who came in. */
export interface Session {
  /** Its level is the one that was looked up last. */
  readonly context: OperationContext;
  /**
   * Looks up again whether the actor may act, and with which level. A session may be open for days, and
   * a token or an admin is stopped at once. Faults: as of {@link openSession}.
   */
  renew(): Promise<void>;
}

/**
 * Lets an actor in over an open store: one query, which reads what the actor may do and checks the
 * settings of the database session. `owner`: the session of the owner who acts in the other one's
 * name; it ends both. Faults: `unavailable` (nothing answers), `schema` (not migrated), `forbidden`
 * (no such admin or token, or one that may not act).
 */
export async function openSession(
  store: Db,
  acting: Acting,
  o: { readonly door?: Door | undefined; readonly owner?: Session } = {},
): Promise<Session> {
  const lookUp = async (): Promise<Seen> => {
    await o.owner?.renew();
    if (o.owner !== undefined) requirePermission(o.owner.context.level, 'admins.write');
    return comeIn(store, acting);
  };
  const { actorId, tokenId, ...first } = await lookUp();
  const seen = { level: first.level };
  const door = o.door ?? 'library';
  const context: OperationContext = {
    db: store,
    actorId,
    get level() {
      return seen.level;
    },
    door,
    tokenId,
  };
  return {
    context,
    renew: async () => {
      seen.level = (await lookUp()).level;
    },
  };
}

/** The context of one actor, as of {@link openSession}, for what is done at once. */
export async function actAs(store: Db, acting: Acting): Promise<OperationContext> {
  return (await openSession(store, acting)).context;
}

/**
 * A context with what some operations need besides. The level is looked up with each call: a copy would keep the
 * level of the moment at which the session began.
 */
export function contextWith<T extends object>(
  context: OperationContext,
  more: T,
): OperationContext & T {
  return {
    ...context,
    ...more,
    get level() {
      return context.level;
    },
  };
}

type Seen = NonNullable<Comer['admin']>;

async function comeIn(store: Db, acting: Acting): Promise<Seen> {
  const { session, admin } = await comerOf(store, acting).catch((cause: unknown) => {
    throw openingFault(cause);
  });
  const fault = sessionFault(session);
  if (fault !== undefined) throw fault;
  if (admin === null) throw 'token' in acting ? tokenUnknown() : unknownActor();
  if (admin.state !== 'valid') throw await refusal(store, admin);
  const { tokenId } = admin;
  // Beside the command, which does not wait for it; a store that is only read keeps no time.
  if (tokenId !== null && admin.unwritten) noteUse(store, tokenId).catch(() => undefined);
  return admin;
}

/** Why an admin may not come in. While no owner has a valid token, the way in is to make one. */
async function refusal(store: Db, admin: Seen): Promise<Fault> {
  const { state, name } = admin;
  const step = await newTokenStep(store);
  if (state === 'expired' || state === 'revoked') return endedFault(state, step);
  const stopped = state === 'user_inactive' ? state : 'admin_disabled';
  const next = step.do === 'askForToken' ? stoppedStep(stopped, name) : step;
  return stoppedFault(stopped, { admin: name, next });
}

/**
 * Another form than that of a token is looked up as well, and answered in the same way. A program
 * without types may give no text at all, such as the header that a request lacks: that names no one.
 */
async function comerOf(store: Db, acting: Acting): Promise<Comer> {
  const given: unknown = 'token' in acting ? acting.token : acting.actorId;
  if (typeof given !== 'string') throw 'token' in acting ? tokenUnknown() : unknownActor();
  return 'token' in acting
    ? comerByToken(store, hashToken(acting.token))
    : comerById(store, acting.actorId);
}

function unknownActor(): Fault {
  return new Fault('forbidden', {
    code: 'unknown_actor',
    message: 'This store has no such admin.',
    next: { do: 'showDatabase' },
  });
}

/**
 * The fault of an actor who shows no token where one is needed. Faults: `unavailable`, `schema`
 * where the store cannot be asked who may make one.
 */
export async function tokenNeededFault(store: Db): Promise<Fault> {
  const next = await newTokenStep(store).catch((cause: unknown) => {
    throw openingFault(cause);
  });
  return tokenNeeded(next);
}

/** How a new token is made: without one, while no owner has one; otherwise by an owner. */
async function newTokenStep(store: Db): Promise<Next> {
  if (await ownersHaveToken(store.pool)) return { do: 'askForToken' };
  const admin = await firstOwner(store.pool);
  return admin === null ? { do: 'askForToken' } : { do: 'createToken', admin };
}

/** No such table, column or schema: older than this program. */
const NOT_MIGRATED = new Set(['42P01', '42703', '3F000']);
/** Words the reason why a store cannot be opened. */
export function openingFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const state = sqlStateOf(cause) ?? '';
  const said = cause instanceof Error && cause.message !== '' ? cause.message : state;
  if (NOT_MIGRATED.has(state)) {
    return new Fault('schema', {
      code: 'not_migrated',
      message: 'The database does not have the schema of this version of Rollcall.',
      next: { do: 'migrate' },
      cause,
    });
  }
  const fault = databaseFault(cause);
  // Nothing listens there: the embedded servers may be down.
  if (fault?.code === 'database_unavailable') return unreachable(fault.message, cause);
  return fault ?? unreachable(`The database does not let Rollcall in: ${said}.`, cause);
}

function unreachable(message: string, cause: unknown): Fault {
  const next = { do: 'startServers' } as const;
  return new Fault('unavailable', { code: 'database_unavailable', message, next, cause });
}
