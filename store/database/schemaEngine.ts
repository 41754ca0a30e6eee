import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import { Pool } from 'pg';
import { sessionsOf } from './session';

type EngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & {
  __wbg_set_wasm(exports: unknown): void;
};

/** Node's global, which the type packages of Node 20 leave out. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ instance: { exports: Readonly<Record<string, (() => void) | undefined>> } }>;
};

let loaded: Promise<EngineModule> | undefined;

/**
 * Prisma's own schema engine, as WebAssembly from a registry package: the native one is a download
 * of its own, which many servers' networks refuse. Same code, same `_prisma_migrations` table.
 */
async function load(): Promise<EngineModule> {
  const script = createRequire(__filename).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const engine: EngineModule = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = await readFile(join(dirname(script), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, {
    './schema_engine_bg.js': { ...engine, ...patientTimers(engine) },
  });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports['__wbindgen_start']?.();
  return engine;
}

/**
 * The engine sets a timer of ten seconds for its lock and leaves it running after the lock is released:
 * the timer must not keep the process alive. (Engine 7.10.0.)
 */
function patientTimers(engine: object): Record<string, unknown> {
  const names = Object.keys(engine).filter((name) => name.startsWith('__wbg_setTimeout'));
  const timer = (run: () => void, ms: number): unknown => setTimeout(run, ms >>> 0).unref();
  return Object.fromEntries(names.map((name) => [name, timer]));
}

const TAKES_LOCK = /\bpg_advisory_lock\s*\(/i;

/**
 * Sends a script as one simple query, which Postgres runs as one transaction. The adapter's own way
 * splits at every semicolon, inside function bodies too (@prisma/adapter-pg 7.10.0), and would leave
 * half a migration behind.
 *
 * Leaves out the engine's own lock, which it never releases: a pooler would keep it. `migrate` holds
 * the same lock for the engine (`migrationLock.ts`).
 */
class ScriptWhole extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    const executeRaw = adapter.executeRaw.bind(adapter);
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.executeScript = async (script) => {
      if (!TAKES_LOCK.test(script)) await adapter.underlyingDriver().query(script);
    };
    adapter.executeRaw = (query) =>
      TAKES_LOCK.test(query.sql) ? Promise.resolve(0) : executeRaw(query);
    adapter.queryRaw = (query) =>
      TAKES_LOCK.test(query.sql)
        ? Promise.resolve({ columnTypes: [], columnNames: [], rows: [] })
        : queryRaw(query);
    return adapter;
  }
}

/** Runs `use` with Prisma's schema engine on the database at `url`. */
export async function withSchemaEngine<T>(
  url: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load();
  const module = await loaded;
  const pool = new Pool({
    connectionString: url,
    ...sessionsOf(url),
    max: 2,
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', () => undefined);
  const adapter = bindMigrationAwareSqlAdapterFactory(new ScriptWhole(pool));
  const engine = await module.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
  try {
    return await use(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}
