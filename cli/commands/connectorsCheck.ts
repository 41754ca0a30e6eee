import type { Command } from 'commander';
import { Fault } from '../../domain/faults';
import { quoted } from '../../domain/shown';
import type { DeclarationFault } from '../../connectors/declaration/validate';
import { EXITS } from '../../domain/exits';
import { action, examples, repeatable, type Answer, type Call } from '../command';
import type { Checked } from '../../connectors/check/check';
import { usage } from '../failure';
import { givenConfig, readJsonFile, type Faults } from '../givenSettings';
import { count, table, type Io } from '../output';

/** `rollcall connectors check` */
export function registerConnectorsCheck(connectors: Command, io: Io): void {
  examples(
    connectors
      .command('check <file>')
      .description(
        'test a connection file against a fake of the system that misbehaves: is anybody lost?',
      )
      .option('--config <key=value>', 'a setting of the connection file (repeatable)', repeatable)
      .addHelpText(
        'after',
        `
Exit code: 0 nobody is lost, 1 the file lets people get lost, 2 the file has mistakes.
outcome:   read      everybody was read
           held      the read says that it is not complete: nobody is deactivated because of it
           stopped   the read ended with a reason
           lost      the read says that it is complete, but people are missing
The fake runs on this machine, and no other call is made.`,
      )
      .action(action(io, check)),
    'rollcall connectors check payroll.json',
  );
}

async function check(call: Call): Promise<Answer> {
  const file = call.args[0] ?? '';
  const faults: Faults = [];
  const config = givenConfig(call.options.list('config'), faults);
  if (faults.length > 0) throw usage(faults.join('\n'));
  const { validateConnector } = await import('../../connectors/declaration/validate.js');
  const valid = validateConnector(await readJsonFile(file));
  if (!valid.ok) throw notRight(valid.faults, file);
  const { checkConnector } = await import('../../connectors/check/check.js');
  const checked = await checkConnector({ connector: valid.connector, config });
  const next = checked.held
    ? `rollcall connectors try ${file} --pages DIR`
    : `Change what is named above, then: rollcall connectors check ${file}`;
  const document = { file, ...checked, next };
  return {
    document,
    text: `${textOf(checked)}next: ${next}\n`,
    exit: EXITS[checked.held ? 'done' : 'failed'].code,
  };
}

/**
 * Asks before a source gets a connection file with which the check loses people. A file that cannot be
 * played is left to the operation. @throws Fault usage for a file with mistakes, and where nobody says yes.
 */
export async function confirmLossy(
  call: Call,
  o: {
    readonly file: string;
    /** True where the source is new. */
    readonly isNew: boolean;
    readonly declaration: unknown;
    readonly config: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { validateConnector } = await import('../../connectors/declaration/validate.js');
  const valid = validateConnector(o.declaration);
  if (!valid.ok) throw notRight(valid.faults, o.file);
  if (call.options.flag('yes')) return;
  const { checkConnector } = await import('../../connectors/check/check.js');
  const checked = await checkConnector({ connector: valid.connector, config: o.config }).catch(
    (fault: unknown) => {
      if (fault instanceof Fault) return null;
      throw fault;
    },
  );
  if (checked === null || checked.held) return;
  const { scenario, why } = checked.scenarios.find(({ change }) => change !== null) ?? {};
  const what = `With this connection file people can get lost (${scenario ?? ''}: ${why ?? ''}).`;
  const rules = [...changesOf(checked)].map(([place, next]) => `\n! ${place}: ${next}`).join('');
  if (call.canAsk && (await call.confirm(`${what}${rules}\nUse it all the same?`, '--yes'))) return;
  throw usage(
    `${what}${rules}\n${o.isNew ? 'No source was added' : 'The source is not changed'}; --yes uses the file all the same.`,
    `rollcall connectors check ${quoted(o.file)}`,
  );
}

/** The rules to change, by their places. */
function changesOf({ scenarios }: Checked): ReadonlyMap<string, string> {
  return new Map(
    scenarios.flatMap(({ change }) => (change === null ? [] : [[change.place, change.next]])),
  );
}

/** The fault that commands which need a declaration report for an invalid one. */
export function notRight(faults: readonly DeclarationFault[], file: string): Error {
  return usage(
    `The connection file has mistakes:\n${faultsText(faults)}`.trimEnd(),
    `rollcall connectors validate ${quoted(file)}`,
  );
}

/** The faults of a declaration, as a table. */
export function faultsText(faults: readonly DeclarationFault[]): string {
  const rows = faults.map(({ path, message, next }) => [path === '' ? '/' : path, message, next]);
  return `${count(faults.length)} ${faults.length === 1 ? 'mistake' : 'mistakes'}\n${table(['place', 'what is wrong', 'what to do'], rows)}`;
}

function textOf(checked: Checked): string {
  const { scenarios, notPlayed, unseen, held } = checked;
  return [
    table(
      ['the system', 'outcome', 'why'],
      scenarios.map(({ scenario, outcome, why }) => [scenario, outcome, why]),
    ),
    notPlayed.length === 0 ? '' : `not played: ${notPlayed.join(', ')}\n`,
    ...unseen.map((what) => `note: ${what}\n`),
    held ? 'nobody is lost\n' : '',
    ...[...changesOf(checked)].map(([place, what]) => `! ${place}: ${what}\n`),
  ].join('');
}
