import type { Command } from 'commander';
import type { Io } from '../output';

/** `rollcall config …` */
export function registerConfigCommands(program: Command, io: Io): void {
  void program;
  void io;
}
