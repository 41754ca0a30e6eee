import type { Command } from 'commander';
import type { Io } from '../output';

/** `rollcall mappings …` */
export function registerMappingsCommands(program: Command, io: Io): void {
  void program;
  void io;
}
