import type { Command, Option } from 'commander';
import { choicesOf } from '../command';

/** What may stand in a place of a command line. */
export type Takes =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  /** Something that only the person knows. */
  | { readonly kind: 'text' };

/** An option, by its flags. */
export interface OfferedOption {
  readonly flags: readonly string[];
  readonly takes: Takes;
  readonly about: string;
}

/** A command for completion: what may follow it. Hidden aliases and options are left out. */
export interface Offered {
  /** The words after the program; empty for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly OfferedOption[];
  /** What the first operand takes. Later operands are plain text. */
  readonly operand: Takes;
}

/** Every command of the tree, the program first. */
export function offeredBy(program: Command): Offered[] {
  const visit = (command: Command, path: readonly string[]): Offered[] => {
    const help = command.createHelp();
    const visible = help.visibleCommands(command);
    const [first] = command.registeredArguments;
    const globals = path.length === 0 ? [] : help.visibleOptions(program);
    const options = [...help.visibleOptions(command), ...globals];
    const operand: Takes =
      first === undefined ? { kind: 'nothing' } : takes(first.name(), undefined);
    const words = operand.kind === 'choices' ? operand.choices : [];
    return [
      {
        path,
        commands: [
          ...visible.map((child) => ({ name: child.name(), about: short(child.description()) })),
          ...words.map((name) => ({ name, about: '' })),
        ],
        options: distinct(options).map((option) => offeredOption(command, option)),
        operand,
      },
      ...visible
        // Commander's own `help`, which has no command of ours below it.
        .filter((child) => command.commands.includes(child))
        .flatMap((child) => visit(child, [...path, child.name()])),
    ];
  };
  return visit(program, []);
}

/** `--help` of the program and of the command is listed once. */
function distinct(options: readonly Option[]): Option[] {
  return [...new Map(options.map((option) => [option.long ?? option.flags, option])).values()];
}

function offeredOption(command: Command, option: Option): OfferedOption {
  const { short: brief, long, flags, description } = option;
  const [, value] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
  const choices = choicesOf(command, option.attributeName());
  return {
    flags: [brief, long].filter((flag) => typeof flag === 'string'),
    takes: value === undefined ? { kind: 'nothing' } : takes(value, choices),
    about: short(description),
  };
}

/** `file`, `dir` and `a|b` say what a value is; every other name is a text. */
function takes(value: string, choices: readonly string[] | undefined): Takes {
  if (choices !== undefined) return { kind: 'choices', choices };
  if (value === 'file') return { kind: 'file' };
  if (value === 'dir') return { kind: 'folder' };
  if (value.includes('|')) return { kind: 'choices', choices: value.split('|') };
  return { kind: 'text' };
}

/** The beginning of a description, in one line without quotes. */
function short(text: string): string {
  const [first = ''] = text.split(/[;.(]|, such as/);
  return first
    .replace(/[^\p{L}\p{N} ,/=-]/gu, '')
    .trim()
    .slice(0, 60);
}
