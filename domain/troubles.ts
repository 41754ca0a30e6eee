import type { FaultCode } from './faultCodes';
import { said, type Next } from './next';

/** What is wrong with the database, in one row of {@link TROUBLES}. */
export interface Trouble {
  readonly code: FaultCode;
  /**
   * `unavailable`: a run tries again until it succeeds. `forbidden`: the run ends, because only a
   * change to the database's roles helps.
   */
  readonly kind: 'unavailable' | 'forbidden';
  /** True when another try may succeed although nobody does anything. */
  readonly passes: boolean;
  readonly says: string;
  readonly next: Next;
}

export interface TroubleRow extends Trouble {
  /**
   * SQLSTATEs (Postgres documentation, appendix A), classes of them (two characters), and codes of
   * Prisma (`P1000` and higher). The first row that has the state counts.
   */
  readonly states: readonly string[];
  /** What the words of the error must be; for states that stand for several troubles. */
  readonly words?: RegExp;
}

const wait = said('Nothing is lost: what was begun goes on by itself once this is over.');

/**
 * The troubles of a database that are no fault of Rollcall. Activities, the command line and the
 * library take their codes, their words and their retries from here.
 */
export const TROUBLES: readonly TroubleRow[] = [
  {
    states: ['53100'],
    code: 'database_disk_full',
    kind: 'unavailable',
    passes: true,
    says: 'The disk of the database is full',
    next: said('Make room on the disk of Postgres. Runs go on by themselves then.'),
  },
  {
    states: ['53200'],
    code: 'database_out_of_memory',
    kind: 'unavailable',
    passes: true,
    says: 'The database has no memory left',
    next: said(
      'Give Postgres more memory (or max_locks_per_transaction, where it names that), or fewer connections.',
    ),
  },
  {
    states: ['53300', 'P2037'],
    code: 'database_connections',
    kind: 'unavailable',
    passes: true,
    says: 'The database takes no more connections',
    next: said(
      'End sessions that nobody needs, or raise max_connections or the connection limit of the role. ' +
        'A worker uses up to 32 connections, a command up to 4.',
    ),
  },
  {
    states: ['P2024', 'P2028'],
    words: /Unable to start a transaction|connection from the (connection )?pool/i,
    code: 'database_connections',
    kind: 'unavailable',
    passes: true,
    says: 'No connection to the database was free in time',
    next: said('Try again in a moment.'),
  },
  {
    states: ['57014'],
    code: 'statement_stopped',
    kind: 'unavailable',
    passes: true,
    says: 'The database stopped a statement, because it took too long or because a person stopped it',
    next: said(
      'Where the words name statement_timeout: alter role ROLE set statement_timeout = 0, for the role of Rollcall.',
    ),
  },
  {
    states: ['25006'],
    code: 'database_read_only',
    kind: 'unavailable',
    passes: true,
    says: 'The database takes no writes: it is a standby, or it was made read-only',
    next: said(
      'Connect Rollcall to the primary, or set default_transaction_read_only = off for its role and database.',
    ),
  },
  {
    states: ['55P03'],
    code: 'database_locked',
    kind: 'unavailable',
    passes: true,
    says: 'Another session holds what this needs, and did not free it in time',
    next: said('Try again in a moment. pg_stat_activity shows which session holds the lock.'),
  },
  {
    states: ['40001', '40P01', 'P2034'],
    code: 'database_race',
    kind: 'unavailable',
    passes: true,
    says: 'Two writers wanted the same rows at the same time',
    next: said('Try again.'),
  },
  {
    states: ['42501'],
    code: 'database_forbidden',
    kind: 'forbidden',
    passes: false,
    says: 'The role of Rollcall lacks a right in the database',
    next: said('Give the role the rights that docs/database.md lists, then do it again.'),
  },
  {
    states: ['28P01', 'P1000'],
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'The database refuses the password',
    next: said('Check the role and the password in ROLLCALL_DATABASE_URL.'),
  },
  {
    states: ['28', 'P1010'],
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'The database does not let this role in',
    next: said('Check the role in ROLLCALL_DATABASE_URL, and pg_hba.conf of the server.'),
  },
  {
    states: ['3D000', '57P04', 'P1003'],
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'There is no such database',
    next: said('Check the name of the database in ROLLCALL_DATABASE_URL, or create it.'),
  },
  {
    // PgBouncer gives almost everything that it says itself this state.
    states: ['08P01'],
    words: /unsupported startup parameter|unrecognized configuration parameter/i,
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'A pooler before the database refuses the options of ROLLCALL_DATABASE_URL',
    next: said(
      'Remove ?options= from the URL, and give its settings to the role (alter role ROLE set NAME = VALUE), ' +
        'or name it in ignore_startup_parameters of PgBouncer.',
    ),
  },
  {
    states: ['08P01'],
    words: /statement pooling mode/i,
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'The pooler before the database has pool_mode = statement, which allows no transactions',
    next: said('Set pool_mode = transaction or session for this database.'),
  },
  {
    states: ['08P01'],
    words: /no such database|^database .* does not exist/i,
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'The pooler before the database knows no such database',
    next: said(
      'Check the name of the database in ROLLCALL_DATABASE_URL, and the databases of the pooler.',
    ),
  },
  {
    states: ['08P01'],
    words: /authentication failed|no such user|login failed|is not allowed/i,
    code: 'database_refused',
    kind: 'unavailable',
    passes: false,
    says: 'The pooler before the database does not let Rollcall in',
    next: said('Check ROLLCALL_DATABASE_URL, and the users and databases of the pooler.'),
  },
  {
    states: ['08P01'],
    words: /no more connections|query_wait_timeout/i,
    code: 'database_connections',
    kind: 'unavailable',
    passes: true,
    says: 'The pooler before the database had no free connection in time',
    next: said(
      'Raise default_pool_size or max_client_conn of the pooler, or try again in a moment.',
    ),
  },
  {
    states: ['57P01', '57P02', '57P05', '25P03', '25P04'],
    code: 'database_unavailable',
    kind: 'unavailable',
    passes: true,
    says: 'The database ended the connection: it restarts, or a time limit or an administrator ended it',
    next: wait,
  },
  {
    states: ['57P03'],
    code: 'database_unavailable',
    kind: 'unavailable',
    passes: true,
    says: 'The database is starting or stopping',
    next: wait,
  },
  {
    states: ['53'],
    code: 'database_limit',
    kind: 'unavailable',
    passes: true,
    says: 'The database is at a limit of its configuration',
    next: said('Raise the limit that the words name.'),
  },
  {
    states: ['58'],
    code: 'database_broken',
    kind: 'unavailable',
    passes: true,
    says: 'The database has trouble with its own files',
    next: said('Look into the log of Postgres.'),
  },
  {
    states: ['08', 'P1001', 'P1002', 'P1008', 'P1017'],
    code: 'database_unavailable',
    kind: 'unavailable',
    passes: true,
    says: 'The database cannot be reached',
    next: { do: 'showServers' },
  },
];

/** The row of a SQLSTATE, or of a code of Prisma; `words`: what the error says. */
export function troubleOfState(state: string, words: string): Trouble | undefined {
  return TROUBLES.find(
    (row) =>
      row.states.some((one) => (one.length === 2 ? state.startsWith(one) : state === one)) &&
      (row.words?.test(words) ?? true),
  );
}
