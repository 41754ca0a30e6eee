import type { Command } from 'commander';
import type { DatabaseStatus } from '../../../operations/database';
import type { DatabaseIdentity, Installation, Restored } from '../../../operations/installation';
import { action, examples, type Answer, type Call } from '../../command';
import { wordNext } from '../../../wording/next';
import { usage } from '../../failure';
import { count, pairs, type Io } from '../../output';

/** `rollcall db …` */
export function registerDbCommands(program: Command, io: Io): void {
  const db = program.command('db').description('the schema of the database, and what it is');
  examples(db, 'rollcall db status');
  examples(
    db
      .command('migrate')
      .description('update the database to the schema of this version')
      .action(action(io, migrate)),
    'rollcall db migrate',
  );
  examples(
    db
      .command('status')
      .description('which migrations are applied, and which installation the database is')
      .action(action(io, status)),
    'rollcall db status',
  );
  examples(
    db
      .command('restored')
      .description(
        'say what a restored database is, before its worker starts: the same installation, moved here (open runs and schedules go on, open campaigns stop until a person resumes them; the database before must no longer be used), or with --as-copy a copy beside it',
      )
      .option(
        '--as-copy',
        'a copy: it gets an id of its own, its open runs and campaigns are cancelled and its systems paused',
      )
      .option('--yes', 'answer yes: make a copy of the database that the installation was made in')
      .action(action(io, restored)),
    'rollcall db restored',
    'rollcall db restored --as-copy',
  );
}

async function migrate(call: Call): Promise<Answer> {
  const { migratorUrl, migrateDatabase } = await import('../../../client/database.js');
  const { applied } = await migrateDatabase(await migratorUrl(), {
    onWait: (line) => {
      call.note(line);
    },
  });
  const text =
    applied.length === 0 ? 'Nothing to do: the schema is current.\n' : lines('applied', applied);
  return { document: { applied }, text };
}

async function status(): Promise<Answer> {
  const { databaseStatus, databaseUrl, installationAt } =
    await import('../../../client/database.js');
  const url = await databaseUrl();
  const found = await databaseStatus(url);
  const installation = await installationAt(url);
  const { applied, pending, unknown, connection, ownership } = found;
  const current = pending.length === 0 && unknown.length === 0;
  const next =
    pending.length > 0
      ? 'rollcall db migrate'
      : unknown.length > 0
        ? 'Update Rollcall.'
        : installation?.isHere === false
          ? wordNext({ do: 'databaseRestored' })
          : null;
  const text =
    lines('applied', applied) +
    lines('pending', pending) +
    lines('unknown to this version', unknown) +
    connectionText(connection) +
    ownershipText(ownership) +
    (installation === null ? '' : installationText(installation)) +
    (current ? 'The schema is current.\n' : '') +
    (next === null ? '' : `next: ${next}\n`);
  const which = installation === null ? null : installationDocument(installation);
  return { document: { ...found, current, installation: which, next }, text };
}

function installationText({ id, isHere, madeIn, foundIn }: Installation): string {
  return pairs([
    ['installation', id],
    ['made in', databaseText(madeIn)],
    ...(isHere ? [] : [['found in', databaseText(foundIn)] as const]),
  ]);
}

function databaseText({ name, oid, systemIdentifier }: DatabaseIdentity): string {
  const cluster = systemIdentifier === null ? '' : `, cluster ${systemIdentifier}`;
  return `database ${name} (oid ${oid}${cluster})`;
}

function installationDocument({ id, isHere, madeIn, foundIn }: Installation) {
  return { id, isHere, madeIn, foundIn };
}

async function restored(call: Call): Promise<Answer> {
  const rollcall = await call.rollcall({ tokenless: true });
  const asCopy = call.options.flag('asCopy');
  const { isHere } = await rollcall.installation.get();
  if (asCopy && isHere && !(await call.confirm(ORIGINAL, '--yes'))) {
    throw usage('Nothing was changed.');
  }
  const document = await rollcall.installation.restored({ asCopy });
  return { document, text: restoredText(document) };
}

const ORIGINAL =
  'This is the database that the installation was made in, or a copy of the files of its server. Make it a copy, cancel its open runs and campaigns and pause its systems?';

function restoredText(o: Restored): string {
  const { installation } = o;
  if (!o.asCopy) {
    const moved = o.changed
      ? `Installation ${installation} is in this database now. Start its worker; never use the database before again.\n`
      : `Installation ${installation} is in this database.\n`;
    return moved + campaignsText(o);
  }
  return (
    `This database is a copy with an id of its own: installation ${installation}.\n` +
    pairs([
      ['open runs cancelled', count(o.cancelledRuns)],
      ['open campaigns cancelled', count(o.cancelledCampaigns)],
      ['systems paused', count(o.pausedSources)],
      ['receivers of alerts', count(o.alertTargets)],
    ]) +
    (o.pausedSources > 0 ? 'rollcall sources resume NAME reads a system again.\n' : '') +
    (o.alertTargets > 0 ? 'rollcall alerts list shows who gets alerts of this copy.\n' : '')
  );
}

/** What the backup does not know of: letters that were sent after it was made. */
function campaignsText({ pausedCampaigns, unknownDeliveries }: Restored): string {
  if (pausedCampaigns === 0) return '';
  const campaigns = `${count(pausedCampaigns)} open ${pausedCampaigns === 1 ? 'campaign waits' : 'campaigns wait'}`;
  return (
    `${campaigns} for a person, because letters may have been sent after the backup was made.\n` +
    pairs([['deliveries that are unknown', count(unknownDeliveries)]]) +
    'rollcall todo lists them; docs/runbooks/letters.md says what to do.\n'
  );
}

/** Nothing for a direct connection. */
function connectionText({ pooled, shared, missing, remedy }: DatabaseStatus['connection']): string {
  if (!pooled) return '';
  const through = `Connected through a pooler in ${shared ? 'transaction' : 'session'} mode.\n`;
  if (missing.length === 0) return through;
  const names = missing.map(({ name, value }) => `${name} = ${value}`).join(', ');
  return `${through}It drops settings that make runs faster: ${names}. To set them, by psql:\n  ${remedy.replaceAll('; ', ';\n  ')}\n`;
}

/** Nothing where the role cannot change the audit. */
function ownershipText(ownership: DatabaseStatus['ownership']): string {
  if (ownership === null || ownership.auditProtected) return '';
  const { role, owns } = ownership;
  const why = owns ? 'which has the rights of the owner of the tables' : 'which may write to them';
  return (
    `Audit events are not protected from the role ${role}, ${why}. ` +
    'docs/database.md sets up a role for the worker that owns nothing.\n'
  );
}

function lines(name: string, migrations: readonly string[]): string {
  return pairs(migrations.map((migration) => [name, migration]));
}
