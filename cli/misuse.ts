import { CommanderError, type Command } from 'commander';
import type { Fault } from '../domain/faults';
import { nearestName } from '../domain/nearest';
import { neededOneOf } from './command';
import { usage } from './failure';

/** The result of reading one command line. */
export interface Said {
  /** Help and version, printed once it is certain that the command line has no fault. */
  out: string;
  err: string;
  /** The command that was meant, as far as it was recognized. */
  command: Command | undefined;
}

/** The full name of a command: `rollcall users edit`. */
export function pathOf(command: Command): string {
  const above = command.parent;
  return above === null ? command.name() : `${pathOf(above)} ${command.name()}`;
}

/**
 * Makes every command of a tree report its wrong usage, everything missing at once, and refuses an
 * unknown command also where help was asked for.
 */
export function reportMisuse(command: Command, said: Said): void {
  command.exitOverride((error) => {
    said.command = command;
    throw misuseOf(command, error) ?? error;
  });
  for (const child of command.commands) reportMisuse(child, said);
}

/** True for the end of a command line that asked for the version. */
export function isVersion(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.version';
}

/** True for the end of a command line that asked for help or the version. */
export function isHelp(error: unknown): boolean {
  if (!(error instanceof CommanderError)) return false;
  const { code, exitCode } = error;
  return code === 'commander.version' || (code.startsWith('commander.help') && exitCode === 0);
}

function misuseOf(command: Command, error: CommanderError): Fault | undefined {
  switch (error.code) {
    case 'commander.help':
    case 'commander.helpDisplayed':
    case 'commander.unknownCommand': {
      const unknown = unknownCommand(command);
      if (unknown !== undefined || error.exitCode === 0) return unknown;
      return usage('A command is missing.');
    }
    case 'commander.missingArgument':
    case 'commander.missingMandatoryOptionValue':
      return usage(`${listed(missing(command))} missing.`);
    case 'commander.unknownOption':
      return unknownCommand(command);
    default:
      return undefined;
  }
}

function unknownCommand(command: Command): Fault | undefined {
  const given = command.args[0] === 'help' ? command.args[1] : command.args[0];
  if (command.commands.length === 0 || command.registeredArguments.length > 0) return undefined;
  const known = command.commands.map((child) => child.name());
  if (given === undefined || given.startsWith('-') || known.includes(given)) return undefined;
  const near = nearestName(given, known);
  // Without the program, which may be called differently here.
  const path = pathOf(command).split(' ').slice(1);
  const meant = near === undefined ? '.' : `; is "${[...path, near].join(' ')}" meant?`;
  return usage(`There is no command "${[...path, given].join(' ')}"${meant}`);
}

function missing(command: Command): string[] {
  const oneOf = neededOneOf(command);
  const isGiven = (name: string): boolean => command.getOptionValue(name) !== undefined;
  return [
    ...command.registeredArguments
      .filter(({ required }, i) => required && command.args[i] === undefined)
      .map((argument) => argument.name().toUpperCase()),
    ...command.options
      .filter((option) => option.mandatory && !isGiven(option.attributeName()))
      .map(({ flags }) => flags),
    ...(oneOf === undefined || oneOf.names.some(isGiven) ? [] : [oneOf.text]),
  ];
}

function listed(things: readonly string[]): string {
  const last = things.at(-1) ?? '';
  if (things.length < 2) return `${last} is`;
  return `${things.slice(0, -1).join(', ')} and ${last} are`;
}
