import type { Command } from 'commander';
import type { Io } from '../output';

/** `rollcall db …` */
export function registerDbCommands(program: Command, io: Io): void {
  void program;
  void io;
}
