import type { Command } from 'commander';
import type { DatabaseStatus } from '../../operations/database';
import { action, examples, type Answer } from '../command';
import { pairs, type Io } from '../output';

/** `rollcall db …` */
export function registerDbCommands(program: Command, io: Io): void {
  const db = program.command('db').description("the database's schema");
  examples(db, 'rollcall db status');
  examples(
    db
      .command('migrate')
      .description('update the database to the schema of this version')
      .action(action(io, migrate)),
    'rollcall db migrate',
  );
  examples(
    db.command('status').description('which migrations are applied').action(action(io, status)),
    'rollcall db status',
  );
}

async function migrate(): Promise<Answer> {
  const { migrateDatabase } = await import('../../operations/database.js');
  const { databaseUrl } = await import('../../client/database.js');
  const { applied } = await migrateDatabase(await databaseUrl());
  const text =
    applied.length === 0 ? 'Nothing to do: the schema is current.\n' : lines('applied', applied);
  return { document: { applied }, text };
}

async function status(): Promise<Answer> {
  const { databaseStatus } = await import('../../operations/database.js');
  const { databaseUrl } = await import('../../client/database.js');
  const found = await databaseStatus(await databaseUrl());
  const { applied, pending, unknown, connection } = found;
  const next =
    pending.length > 0 ? 'rollcall db migrate' : unknown.length > 0 ? 'Update Rollcall.' : null;
  const text =
    lines('applied', applied) +
    lines('pending', pending) +
    lines('unknown to this version', unknown) +
    connectionText(connection) +
    (next === null ? 'The schema is current.\n' : `next: ${next}\n`);
  return { document: { ...found, current: next === null, next }, text };
}

/** Nothing for a direct connection. */
function connectionText({ pooled, shared, missing, remedy }: DatabaseStatus['connection']): string {
  if (!pooled) return '';
  const through = `Connected through a pooler in ${shared ? 'transaction' : 'session'} mode.\n`;
  if (missing.length === 0) return through;
  const names = missing.map(({ name, value }) => `${name} = ${value}`).join(', ');
  return `${through}It drops settings that make runs faster: ${names}. To set them, by psql:\n  ${remedy.replaceAll('; ', ';\n  ')}\n`;
}

function lines(name: string, migrations: readonly string[]): string {
  return pairs(migrations.map((migration) => [name, migration]));
}
