import type { Command } from 'commander';
import type { Io } from '../output';

/** `rollcall runs …` */
export function registerRunsCommands(program: Command, io: Io): void {
  void program;
  void io;
}
