import { Fault } from '../../domain/faults';
import { isList, isObject } from '../declaration/json';

/** What an answer has in a place, in words. */
export function foundWords(found: unknown): string {
  if (found === undefined) return 'nothing';
  if (found === null) return 'null';
  if (isObject(found)) return 'an object';
  if (isList(found)) return 'a list';
  return typeof found === 'string' ? 'a text' : `a ${typeof found}`;
}

/** An answer without what the declaration reads from it. `key`: where the declaration says it. */
export function noList(name: string, what: string, key = 'records.path'): Fault {
  return new Fault('bug', {
    code: 'no_list',
    message: `${name} gives ${what}.`,
    next: `Compare ${key} of the connection file with an answer. For a connector that comes with Rollcall, look for a newer version and report this.`,
  });
}
