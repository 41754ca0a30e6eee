import type { ConfigOverrides, StoreConfig } from '../config/env';
import type { Todo } from '../domain/todo';
import type { CreatedToken } from '../domain/admins/adminView';
import { requirePermission } from '../domain/permissions';
import { recoverToken, type CreateToken } from '../operations/admins/tokens';
import {
  actAs,
  openStore,
  tokenNeededFault,
  type Door,
  type OperationContext,
} from '../operations/context';
import { workingInstallation } from '../operations/installation';
import { Admins, Tokens } from './admins';
import { Alerts } from './alerts';
import { Audit } from './audit';
import { Imports, OfflineImports } from './imports';
import { Installations } from './installation';
import { Mappings } from './mappings';
import { Runs } from './runs';
import { connectTemporal, type Temporal } from '../temporal/gateway';
import { Sources } from './sources';
import { todo, type TodoOptions } from './todo';
import { Users } from './users';
import { Filters } from './users/filters';
import { withFaults } from './withFaults';

export interface ConnectOptions extends ConfigOverrides {
  /**
   * The effective configuration; read from the environment unless given.
   * @internal
   */
  readonly config?: StoreConfig;
  /**
   * The token of the admin who acts; before `ROLLCALL_TOKEN`. Without one the owner acts on the
   * database that `rollcall up` runs; any other database wants one.
   */
  readonly token?: string;
  /** Another admin, in whose name an owner acts. */
  readonly actorId?: string;
  /**
   * Needs no token, because the holder of the database's address may do it.
   * @internal
   */
  readonly tokenless?: boolean;
  /**
   * Where the actor comes in; the library unless given.
   * @internal
   */
  readonly door?: Door;
}

/**
 * Rollcall for programs: the CLI stands on it, and so may a server. One instance holds a small pool
 * of database connections and, once a run is started or decided, one connection to Temporal: what
 * reads and writes the store alone needs none.
 *
 *     const rollcall = await Rollcall.connect();
 *     const { runId } = await rollcall.imports.start({ file: 'staff.csv', dryRun: true });
 *     const { document } = await rollcall.runs.wait(runId);
 *     await rollcall.close();
 */
export class Rollcall {
  readonly admins: Admins;
  readonly alerts: Alerts;
  readonly audit: Audit;
  readonly filters: Filters;
  readonly imports: Imports;
  readonly installation: Installations;
  readonly mappings: Mappings;
  readonly runs: Runs;
  readonly sources: Sources;
  readonly tokens: Tokens;
  readonly users: Users;
  /**
   * For the operations in `operations/`.
   * @internal
   */
  readonly context: OperationContext;
  /** @internal */
  readonly config: StoreConfig;
  readonly #temporal: TemporalOnce;

  private constructor(o: {
    readonly config: StoreConfig;
    readonly context: OperationContext;
    readonly temporal: TemporalOnce;
  }) {
    const { config, context } = o;
    this.config = config;
    this.context = context;
    this.#temporal = o.temporal;
    const temporal = (): Promise<Temporal> => this.#temporal.get();
    this.runs = withFaults(new Runs({ context, temporal, limits: config.limits }));
    this.imports = withFaults(new Imports({ context, config, temporal }));
    this.admins = withFaults(new Admins(context));
    this.tokens = withFaults(new Tokens(context));
    this.alerts = withFaults(new Alerts({ context, config }));
    this.audit = withFaults(new Audit(context));
    this.filters = withFaults(new Filters(context));
    this.installation = withFaults(new Installations({ context, config }));
    this.mappings = withFaults(new Mappings(context));
    this.sources = withFaults(new Sources({ context, config, temporal, runs: this.runs }));
    this.users = withFaults(new Users({ context, temporal }));
  }

  /** Opens the store. Faults: `unavailable`, `schema`, `forbidden`. */
  static async connect(options: ConnectOptions = {}): Promise<Rollcall> {
    const config = options.config ?? (await import('../config/env.js')).loadStoreConfig(options);
    const { databaseUrl } = config;
    const store = openStore({ databaseUrl, applicationName: 'rollcall-client' });
    try {
      const context = await enter(store, config, options);
      return new Rollcall({ config, context, temporal: new TemporalOnce(config, store) });
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /**
   * Makes a token of an owner without showing one, while no owner who may act has a valid token.
   * `null`: an owner has one. Faults: `unavailable`, `schema`, `usage`, `not_found`, `conflict`.
   */
  static async recoverToken(
    input: CreateToken & { readonly admin: string },
    options: ConnectOptions = {},
  ): Promise<CreatedToken | null> {
    const config = options.config ?? (await import('../config/env.js')).loadStoreConfig(options);
    const { databaseUrl } = config;
    const store = openStore({ databaseUrl, applicationName: 'rollcall-client' });
    try {
      return await recoverToken(store, { ...input, door: options.door });
    } finally {
      await store.close();
    }
  }

  /**
   * What needs no servers: checks of files. The limits of a file come from the settings.
   *
   *     const { imports } = await Rollcall.offline();
   *     const { faults } = await imports.check({ file: 'staff.csv' });
   */
  static async offline(
    options: ConfigOverrides = {},
  ): Promise<{ readonly imports: OfflineImports }> {
    const { loadLimits } = await import('../config/env.js');
    return { imports: new OfflineImports(loadLimits(options)) };
  }

  /**
   * The same store and the same connection to Temporal for another admin, by token or, for an owner,
   * by id: a server opens one and serves many. Closing either closes both. Faults: `unavailable`,
   * `forbidden`.
   */
  async actAs(who: string | { readonly token: string }): Promise<Rollcall> {
    const { db, door, level } = this.context;
    if (typeof who === 'string') requirePermission(level, 'admins.write');
    const acting = typeof who === 'string' ? { actorId: who } : { token: who.token };
    const context = await actAs(db, { ...acting, door });
    return new Rollcall({ config: this.config, context, temporal: this.#temporal });
  }

  /**
   * What waits for a person, the most urgent part first: runs on hold, sources in trouble, failed
   * runs, open conflicts, rows in error, runs that wait for long, dry runs that were not applied.
   */
  async todo(options: TodoOptions = {}): Promise<Todo> {
    return todo({ context: this.context, runs: this.runs }, options);
  }

  async close(): Promise<void> {
    await this.#temporal.close();
    await this.context.db.close();
  }
}

/** The context of the one who comes in. */
async function enter(
  store: OperationContext['db'],
  config: StoreConfig,
  options: ConnectOptions,
): Promise<OperationContext> {
  const { actorId, door } = options;
  const token = options.token ?? config.token ?? undefined;
  if (token === undefined) {
    if (config.ownDatabase && options.tokenless !== true) throw await tokenNeededFault(store);
    return actAs(store, { actorId, door });
  }
  const context = await actAs(store, { token, door });
  if (actorId === undefined) return context;
  requirePermission(context.level, 'admins.write');
  return actAs(store, { actorId, door });
}

/** One connection to Temporal, made when first needed; a failed try is made again. */
class TemporalOnce {
  readonly #config: StoreConfig;
  readonly #store: OperationContext['db'];
  #made: Promise<Temporal> | undefined;

  constructor(config: StoreConfig, store: OperationContext['db']) {
    this.#config = config;
    this.#store = store;
  }

  get(): Promise<Temporal> {
    this.#made ??= this.#connect().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** A restored database or a copy starts nothing: its twin's workers would take it. */
  async #connect(): Promise<Temporal> {
    return connectTemporal(this.#config, await workingInstallation(this.#store));
  }

  async close(): Promise<void> {
    const made = await this.#made?.catch(() => undefined);
    await made?.close();
  }
}
