import type { Command } from 'commander';
import type { Io } from '../output';

/** `rollcall import …` */
export function registerImportCommands(program: Command, io: Io): void {
  void program;
  void io;
}
