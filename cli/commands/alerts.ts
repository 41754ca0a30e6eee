import type { Command } from 'commander';
import type { AlertTargetView } from '../../operations/alerts/alerts';
import { ALERT_EVENTS } from '../../domain/alerts/alerts';
import { ALERT_TARGET_KINDS, ALERT_TARGETS } from '../../domain/alerts/targets';
import { verbatim } from '../../wording/called';
import { action, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import { givenSecrets, type Faults } from '../givenSettings';
import { count, table, type Io } from '../output';

/** `rollcall alerts …` */
export function registerAlertsCommands(program: Command, io: Io): void {
  const alerts = program
    .command('alerts')
    .description('alerts by mail or webhook when something waits for a person');
  examples(alerts, 'rollcall alerts add --email ops@example.com', 'rollcall alerts list');
  const adding = alerts
    .command('add')
    .description('send alerts to an address from now on; the secret of a webhook is shown once');
  for (const kind of ALERT_TARGET_KINDS) {
    const { takes, help } = ALERT_TARGETS[kind];
    adding.option(`--${kind} ${takes}`, help);
  }
  examples(
    adding
      .option('--events <events>', `which: ${ALERT_EVENTS.join(', ')} (default: all)`)
      .option(
        '--secret <from>',
        'the receiver’s own secret (whsec_…): - (standard input), @FILE or env:VARIABLE (default: a new one)',
      )
      .action(action(io, add)),
    'rollcall alerts add --email ops@example.com --events held,failed',
    'rollcall alerts add --webhook https://example.com/hooks/rollcall',
    'rollcall alerts add --webhook https://example.com/hooks/rollcall --secret @secret.txt',
  );
  examples(
    alerts
      .command('list')
      .description('all receivers, and whether their alerts arrive')
      .action(action(io, list)),
    'rollcall alerts list',
  );
  examples(
    alerts
      .command('test <id>')
      .description('send a test now, from this machine instead of the worker')
      .action(action(io, test)),
    'rollcall alerts test 0192f0c1',
  );
  examples(
    alerts
      .command('remove <id>')
      .description('send no more alerts to a receiver')
      .action(action(io, remove)),
    'rollcall alerts remove 0192f0c1',
  );
}

async function add(call: Call): Promise<Answer> {
  const { options } = call;
  const faults: Faults = [];
  const from = options.text('secret');
  const given = from === undefined ? {} : await givenSecrets(call, [`webhook=${from}`], faults);
  if (faults.length > 0) throw usage(faults.join('\n'));
  const events = options
    .text('events')
    ?.split(',')
    .map((name) => name.trim().toLowerCase());
  const secret = given['webhook'];
  const { alerts } = await call.rollcall();
  const added = await alerts.add({
    ...options.texts(...ALERT_TARGET_KINDS),
    ...(events === undefined ? {} : { events: events.filter((name) => name !== '') }),
    ...(secret === undefined ? {} : { secret }),
  });
  const shown =
    added.secret === null
      ? ''
      : `secret  ${added.secret}\nGive it to the receiver: it is not shown again.\n`;
  const line = `${added.to} gets alerts for: ${added.events.join(', ')}`;
  return {
    document: added,
    text: `${verbatim(line)}\n${shown}next: rollcall alerts test ${added.id}\n`,
  };
}

async function list(call: Call): Promise<Answer> {
  const { alerts } = await call.rollcall();
  const all = await alerts.list();
  return { document: { alerts: all, next: null }, text: listText(all) };
}

function listText(all: readonly AlertTargetView[]): string {
  if (all.length === 0) {
    return 'Nobody gets alerts yet.\nnext: rollcall alerts add --help\n';
  }
  const rows = all.map((target) => [
    target.id,
    target.kind,
    target.to,
    target.events.join(','),
    target.sent,
    target.waiting,
    target.givenUp,
    standing(target),
  ]);
  return table(['id', 'by', 'to', 'events', 'sent', 'waiting', 'given up', ''], rows);
}

function standing({ enabled, trouble }: AlertTargetView): string {
  if (!enabled) return 'off: the receiver answers that it is gone';
  if (trouble === null) return '';
  const { event, message, attempts, nextAttemptAt } = trouble;
  const again =
    nextAttemptAt === null
      ? 'given up'
      : `again ${new Date(nextAttemptAt).toISOString().slice(0, 16).replace('T', ' ')}`;
  return `${event}: ${message} (${count(attempts)} tries, ${again})`;
}

async function test(call: Call): Promise<Answer> {
  const { alerts } = await call.rollcall();
  const document = await alerts.test(call.args[0] ?? '');
  return { document, text: verbatim(`A test was sent to ${document.to}\n`) };
}

async function remove(call: Call): Promise<Answer> {
  const { alerts } = await call.rollcall();
  const { id, to } = await alerts.remove(call.args[0] ?? '');
  return {
    document: { id, to, removed: true },
    text: verbatim(`${to} gets no more alerts.\n`),
  };
}
