import type { Command } from 'commander';
import type { Io } from '../output';

/** `rollcall worker …` */
export function registerWorkerCommands(program: Command, io: Io): void {
  void program;
  void io;
}
