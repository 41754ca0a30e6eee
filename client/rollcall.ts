import type { ConfigOverrides, StoreConfig } from '../config/env';
import type { Todo } from '../domain/todo';
import type { CreatedToken } from '../domain/admins/adminView';
import type { CreateToken } from '../operations/admins/tokens';
import {
  openSession,
  openStore,
  tokenNeededFault,
  WITHOUT_TOKEN,
  type Door,
  type OperationContext,
  type Session,
} from '../operations/context';
import { Admins, Tokens } from './admins';
import { Alerts } from './alerts';
import { Audit } from './audit';
import { Announcements, Notifications } from './letters/announcements';
import { Bounces } from './letters/bounces';
import { Suppressions } from './letters/suppressions';
import { Campaigns } from './letters/campaigns';
import { Imports, OfflineImports } from './imports';
import { Installations } from './installation';
import { Mail } from './letters/mail';
import { Letters } from './letters/letters';
import { Mappings } from './mappings';
import { Courses, Credits, Enrollments } from './records';
import { Merges } from './merges';
import { Runs } from './runs';
import { connectTemporal, type Temporal } from '../temporal/gateway';
import { Sources } from './sources';
import { todo, type TodoOptions } from './todo';
import { Users } from './users';
import { Duplicates } from './users/duplicates';
import { Filters } from './users/filters';
import { Organizations } from './users/organizations';
import { Properties } from './users/properties';
import { withSession } from './withSession';

const tokensModule = () => import('../operations/admins/tokens.js');
const installationModule = () => import('../operations/installation.js');

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
  readonly announcements: Announcements;
  readonly audit: Audit;
  readonly bounces: Bounces;
  readonly campaigns: Campaigns;
  readonly courses: Courses;
  readonly credits: Credits;
  readonly enrollments: Enrollments;
  readonly duplicates: Duplicates;
  readonly filters: Filters;
  readonly imports: Imports;
  readonly installation: Installations;
  /** The letters that the local sink of `rollcall up` kept. */
  readonly mail: Mail;
  readonly letters: Letters;
  readonly mappings: Mappings;
  readonly merges: Merges;
  readonly organizations: Organizations;
  readonly properties: Properties;
  readonly notifications: Notifications;
  readonly runs: Runs;
  readonly sources: Sources;
  readonly suppressions: Suppressions;
  readonly tokens: Tokens;
  readonly users: Users;
  /** @internal */
  readonly config: StoreConfig;
  readonly #session: Session;
  readonly #temporal: TemporalOnce;

  private constructor(o: {
    readonly config: StoreConfig;
    readonly session: Session;
    readonly temporal: TemporalOnce;
  }) {
    const { config, session } = o;
    const { context } = session;
    this.config = config;
    this.#session = session;
    this.#temporal = o.temporal;
    const temporal = (): Promise<Temporal> => this.#temporal.get();
    const runs = new Runs({ session, temporal, limits: config.limits });
    this.runs = withSession(runs, session, ['wait']);
    this.imports = withSession(new Imports({ context, config, temporal }), session);
    this.admins = withSession(new Admins(context), session, ['levels']);
    this.tokens = withSession(new Tokens(context), session);
    this.alerts = withSession(new Alerts({ context, config }), session);
    this.audit = withSession(new Audit(context), session);
    this.bounces = withSession(new Bounces({ context, config }), session);
    const campaigns = new Campaigns({ session, config, temporal });
    this.campaigns = withSession(campaigns, session, ['wait']);
    this.courses = withSession(new Courses(context), session);
    this.credits = withSession(new Credits(context), session);
    const { timeZone } = config;
    this.enrollments = withSession(new Enrollments({ context, timeZone }), session);
    this.duplicates = withSession(new Duplicates({ context, session }), session);
    this.filters = withSession(new Filters(context), session);
    this.installation = withSession(new Installations({ context, config }), session);
    this.mail = withSession(new Mail({ context, config }), session);
    this.letters = withSession(new Letters({ context, config }), session);
    this.mappings = withSession(new Mappings(context), session);
    this.merges = withSession(new Merges({ context, config, temporal }), session);
    this.organizations = withSession(new Organizations(context), session);
    this.properties = withSession(new Properties(context), session);
    const sources = new Sources({ context, config, temporal, runs: this.runs });
    this.sources = withSession(sources, session, ['types']);
    const announcements = new Announcements({ context, config, temporal });
    this.announcements = withSession(announcements, session);
    this.notifications = withSession(new Notifications(context), session);
    this.suppressions = withSession(new Suppressions({ context, config }), session);
    this.users = withSession(new Users({ session, temporal }), session);
  }

  /**
   * For the operations in `operations/`: the level is the one that was looked up last.
   * @internal
   */
  get context(): OperationContext {
    return this.#session.context;
  }

  /** Opens the store. Faults: `unavailable`, `schema`, `forbidden`. */
  static async connect(options: ConnectOptions = {}): Promise<Rollcall> {
    const config = options.config ?? (await import('../config/env.js')).loadStoreConfig(options);
    const { databaseUrl } = config;
    const store = openStore({ databaseUrl, applicationName: 'rollcall-client' });
    try {
      const session = await enter(store, config, options);
      return new Rollcall({ config, session, temporal: new TemporalOnce(config, store) });
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
      return await (await tokensModule()).recoverToken(store, { ...input, door: options.door });
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
    const { db, door } = this.context;
    const session =
      typeof who === 'string'
        ? await openSession(db, { actorId: who }, { door, owner: this.#session })
        : await openSession(db, { token: who.token }, { door });
    return new Rollcall({ config: this.config, session, temporal: this.#temporal });
  }

  /**
   * What waits for a person, the most urgent part first: runs on hold, campaigns, sources in trouble, failed
   * runs, open conflicts, rows in error, runs that wait for long, tokens that end soon, dry runs that were not
   * applied.
   */
  async todo(options: TodoOptions = {}): Promise<Todo> {
    await this.#session.renew();
    return todo({ context: this.context, runs: this.runs }, options);
  }

  async close(): Promise<void> {
    await this.#temporal.close();
    await this.context.db.close();
  }
}

/** The session of the one who comes in. */
async function enter(
  store: OperationContext['db'],
  config: StoreConfig,
  options: ConnectOptions,
): Promise<Session> {
  const { actorId, door } = options;
  if (options.token === undefined && config.token === null) {
    if (config.ownDatabase && options.tokenless !== true) throw await tokenNeededFault(store);
    const acting = actorId === undefined ? WITHOUT_TOKEN : { actorId };
    return openSession(store, acting, { door });
  }
  // A program without types may give `null`: a token that no one has.
  const token = options.token ?? config.token ?? '';
  const session = await openSession(store, { token }, { door });
  if (actorId === undefined) return session;
  return openSession(store, { actorId }, { door, owner: session });
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
    return connectTemporal(
      this.#config,
      await (await installationModule()).workingInstallation(this.#store),
    );
  }

  async close(): Promise<void> {
    const made = await this.#made?.catch(() => undefined);
    await made?.close();
  }
}
