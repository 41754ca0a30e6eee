import { randomBytes } from 'node:crypto';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { Fault } from '../../domain/faults';
import { databaseFault, sqlStateOf } from '../../domain/passing';
import type { PrismaClient } from '../generated/client';
import { sessionsOf } from './session';

/** The store: one pool, and Prisma over the same pool. */
export interface Db {
  readonly pool: Pool;
  /** Made when it is first asked for: a command that only reads does not wait until Prisma is loaded. */
  prisma(): Promise<PrismaClient>;
  readonly url: string;
  close(): Promise<void>;
}

export type Tx = PoolClient;
/** Anything that runs one statement: the pool or a transaction. */
export type Queryable = Pick<Pool, 'query'> | PoolClient;

export interface DbOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly maxConnections?: number;
  /** How long to wait for a free connection, or for the server to let a new one in. */
  readonly waitMs?: number;
}

export function poolConfig(o: DbOptions): PoolConfig {
  return {
    connectionString: o.url,
    application_name: o.applicationName,
    max: o.maxConnections ?? 10,
    ...sessionsOf(o.url),
    keepAlive: true,
    connectionTimeoutMillis: o.waitMs ?? 10_000,
  };
}

/** Opens the store. Connects lazily: a server that is away shows at the first statement. */
export function openDatabase(o: DbOptions): Db {
  const pool = new Pool(poolConfig(o));
  // A connection that the server ends (restart, terminated backend) must not end the process: idle
  // in the pool, or handed out with no statement running. Its next user gets the error then.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  let prisma: Promise<PrismaClient> | undefined;
  return {
    pool,
    prisma: () => (prisma ??= prismaOver(pool)),
    url: o.url,
    async close() {
      await (await prisma)?.$disconnect();
      if (!pool.ended) await pool.end();
    },
  };
}

async function prismaOver(pool: Pool): Promise<PrismaClient> {
  const { PrismaPg } = await import('@prisma/adapter-pg');
  const generated = await import('../generated/client.js');
  return new generated.PrismaClient({ adapter: new PrismaPg(pool) });
}

/** serialization failure, deadlock, a unique key taken by a concurrent writer. */
const RETRIED = new Set(['40001', '40P01', '23505']);

/**
 * Runs `work` in one transaction and repeats it on a race with another writer (five attempts in
 * all): `work` must be safe to repeat. Everything else rolls back and is thrown on.
 */
export async function transaction<T>(
  db: Pick<Db, 'pool'>,
  work: (tx: Tx) => Promise<T>,
  attempts = 5,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const tx = await connect(db.pool);
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    tx.on('error', onError);
    try {
      await tx.query('begin');
      const result = await work(tx);
      await tx.query('commit');
      return result;
    } catch (error) {
      await tx.query('rollback').catch((cause: unknown) => {
        broken = cause instanceof Error ? cause : new Error('rollback failed');
      });
      if (attempt < attempts && RETRIED.has(sqlStateOf(error) ?? '')) continue;
      throw error;
    } finally {
      tx.removeListener('error', onError);
      tx.release(broken);
    }
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    const fault = databaseFault(cause);
    if (fault !== undefined) throw fault;
    throw new Fault('unavailable', {
      code: 'database_unavailable',
      message: `The database does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
      next: { do: 'showServers' },
      cause,
    });
  }
}

/** A new uuid v7 (RFC 9562): 48 bits of milliseconds, then random. */
export function newId(at = new Date()): string {
  const b = randomBytes(16);
  b.writeUIntBE(at.getTime(), 0, 6);
  b[6] = 0x70 | ((b[6] ?? 0) & 0x0f);
  b[8] = 0x80 | ((b[8] ?? 0) & 0x3f);
  const h = b.toString('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
