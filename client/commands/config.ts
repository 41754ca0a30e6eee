import type { Command } from 'commander';
import { action, examples, type Answer } from '../command';
import { table, type Io } from '../output';

/** `rollcall config` */
export function registerConfigCommands(program: Command, io: Io): void {
  examples(
    program
      .command('config')
      .description('the effective configuration and where each setting comes from, without secrets')
      .action(action(io, show)),
    'rollcall config',
    'rollcall config --json',
  );
}

async function show(): Promise<Answer> {
  const { describeConfig } = await import('../../config/env.js');
  const settings = describeConfig();
  return {
    document: { settings },
    text: table(
      ['setting', 'value', 'from'],
      settings.map(({ name, value, from }) => [name, value, from]),
    ),
  };
}
