import type { Command } from 'commander';
import { action, examples, type Answer, type Call } from '../../command';
import { table, type Io } from '../../output';

/** `rollcall config` */
export function registerConfigCommands(program: Command, io: Io): void {
  examples(
    program
      .command('config')
      .description('the settings in effect and where each comes from, without secrets')
      .action(action(io, show)),
    'rollcall config',
    'rollcall config --json',
  );
}

async function show({ io }: Call): Promise<Answer> {
  const { describeConfig, unknownSettings } = await import('../../../config/env.js');
  const settings = describeConfig();
  const unknown = unknownSettings({ env: io.env });
  return {
    document: { settings, unknown },
    text: table(
      ['setting', 'value', 'from'],
      [
        ...settings.map(({ name, value, from }) => [name, value, from]),
        ...unknown.map(({ name, from, nearest }) => [
          name,
          nearest === null ? '(no such setting)' : `(no such setting; ${nearest}?)`,
          from,
        ]),
      ],
    ),
  };
}
