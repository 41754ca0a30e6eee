import { Fault } from '../faults';
import type { Next } from '../next';
import { GATES, type Gate } from './gates';
import { ACTIONS, CHANGING_ACTIONS, type Action } from './run';
import { ENTRY_STATES, type EntryState } from './runDocument';

/*
 * What a person gives for a run as text. All functions throw Fault `usage` for a text that is none of the
 * names.
 */

/** Parses `--only`: names of actions. */
export function parseActions(text: string): Action[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const found = ACTIONS.find((action) => action === part.toLowerCase());
      if (found !== undefined) return found;
      throw usage(
        `"${part}" is no action; approve one or more of ${CHANGING_ACTIONS.join(', ')}.`,
        { do: 'approvePart' },
      );
    });
}

/** Parses `--action`. */
export function parseAction(text: string): Action | 'kept' {
  return oneOf([...ACTIONS, 'kept'] as const, text, 'action');
}

/** Parses `--state`. */
export function parseEntryState(text: string): EntryState | 'all' {
  return oneOf([...ENTRY_STATES, 'all'] as const, text, 'state of an entry');
}

/** Parses the name of a gate. */
export function parseGate(text: string): Gate {
  return oneOf(GATES, text.replaceAll('-', '_'), 'gate');
}

function oneOf<T extends string>(names: readonly T[], text: string, what: string): T {
  const found = names.find((name) => name === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw usage(`"${text}" is no ${what}; there are ${names.join(', ')}.`, { do: 'helpDiff' });
}

/** Which person the row of a conflict belongs to. */
export type Choice =
  | { readonly as: 'user'; readonly user: string }
  | { readonly as: 'create' }
  | { readonly as: 'skip' };

/** The choice of exactly one of the three options. */
export function choiceOf(o: {
  readonly user: string | undefined;
  readonly create: boolean;
  readonly skip: boolean;
}): Choice {
  const chosen: Choice[] = [
    ...(o.user === undefined ? [] : [{ as: 'user', user: o.user } as const]),
    ...(o.create ? [{ as: 'create' } as const] : []),
    ...(o.skip ? [{ as: 'skip' } as const] : []),
  ];
  const [choice] = chosen;
  if (choice !== undefined && chosen.length === 1) return choice;
  throw usage('Say who the row is: one of --user USER, --create, --skip.', {
    do: 'resolveConflict',
  });
}

function usage(message: string, next: Next): Fault {
  return new Fault('usage', { code: 'usage', message, next });
}
