import type { z } from 'zod';
import { nearestName } from '../../../domain/nearest';
import type { DeclarationFault } from './fault';
import { KEYS, meaningOf } from './formHelp';

type Issue = z.core.$ZodIssue;

/** The faults of one issue of the form, in sentences; the place is in `path` alone. */
export function formFaults(issue: Issue, declaration: unknown): DeclarationFault[] {
  const path = pointer(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: `${path}/${key}`,
      code: 'unknown_key',
      message: `There is no ${JSON.stringify(key)} here.`,
      next: unknownNext(key),
    }));
  }
  const within = withinOf(issue);
  if (within.length > 0) return within.flatMap((deeper) => formFaults(deeper, declaration));
  const words = wordsOf(issue, valueAt(declaration, issue.path));
  return [{ path, code: 'bad_form', ...words }];
}

/** What is wrong inside a value whose kind fits one of several forms; empty: no form fits. */
function withinOf(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [];
  const fitting = issue.errors.find((found) => found.length > 0 && found.every(isInside));
  return (fitting ?? []).map((deeper) => ({ ...deeper, path: [...issue.path, ...deeper.path] }));
}

/** True when the value itself has the right kind, and a part of it is wrong. */
function isInside({ code, path }: Issue): boolean {
  return path.length > 0 || code === 'unrecognized_keys' || code === 'too_small';
}

const KNOWN = [...new Set(Object.keys(KEYS).map((name) => name.split('.').at(-1) ?? name))];

function unknownNext(key: string): string {
  const near = nearestName(key, KNOWN);
  return near === undefined || near === key ? 'Remove it.' : `Remove it, or write "${near}".`;
}

type Words = Pick<DeclarationFault, 'message' | 'next'>;

function wordsOf(issue: Issue, value: unknown): Words {
  const name = nameOf(issue.path);
  const wanted = wantedBy(issue);
  if (value === undefined && wanted !== undefined) return missing(name, wanted);
  if (wanted !== undefined) {
    const what =
      value === null || typeof value === 'object' ? kindOf(value) : JSON.stringify(value);
    return {
      message: `${name} has to be ${either(wanted)}, not ${what}.`,
      next: wanted.choices.length > 0 ? 'Write one of these.' : 'Correct it.',
    };
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') return sizeWords(name, issue);
  if (issue.code === 'invalid_key') {
    const [first] = issue.issues;
    return { message: `The name ${name} is not allowed.`, next: first?.message ?? 'Change it.' };
  }
  const next = /^Invalid/.test(issue.message) ? COMPARE : issue.message;
  return { message: `${name} is not in the right form${formOf(name)}.`, next };
}

const COMPARE = 'Compare it with docs/connectors/writing.md.';

function formOf(name: string): string {
  const about = KEYS[name] ?? KEYS[name.split('.').at(-1) ?? name];
  return about === undefined ? '' : `: ${about}`;
}

/** What may stand in a place: these values, or these kinds of value. */
interface Wanted {
  readonly choices: readonly unknown[];
  readonly kinds: readonly string[];
}

function wantedBy(issue: Issue): Wanted | undefined {
  if (issue.code === 'invalid_type') return { choices: [], kinds: [issue.expected] };
  if (issue.code === 'invalid_value') return { choices: issue.values, kinds: [] };
  if (issue.code !== 'invalid_union') return undefined;
  if ('options' in issue && Array.isArray(issue.options)) {
    return { choices: issue.options, kinds: [] };
  }
  const parts = issue.errors.flat().flatMap((error) => wantedBy(error) ?? []);
  if (parts.length === 0) return undefined;
  return {
    choices: parts.flatMap(({ choices }) => choices),
    kinds: parts.flatMap(({ kinds }) => kinds),
  };
}

function missing(name: string, wanted: Wanted): Words {
  const last = name.split('.').at(-1) ?? name;
  const about = KEYS[name] ?? KEYS[last];
  const choices = wanted.choices.flatMap((choice) => {
    const meaning = meaningOf(name, choice);
    return meaning === undefined ? [] : [` ${String(choice)}: ${meaning}.`];
  });
  const said = about === undefined ? '.' : `: ${about}.`;
  return {
    message: `${name} is missing${said}${choices.join('')}`,
    next: `Add ${JSON.stringify(last)}: ${either(wanted)}.`,
  };
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object {…}',
  record: 'an object {…}',
  array: 'a list […]',
};

function either({ choices, kinds }: Wanted): string {
  const all = [
    ...choices.map((choice) => JSON.stringify(choice)),
    ...kinds.map((kind) => KINDS[kind] ?? kind),
  ];
  const last = all.at(-1) ?? 'a value';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} or ${last}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

function sizeWords(
  name: string,
  issue: Extract<Issue, { readonly code: 'too_small' | 'too_big' }>,
): Words {
  const unit = UNITS[issue.origin] ?? '';
  const isSmall = issue.code === 'too_small';
  const bound = String(isSmall ? issue.minimum : issue.maximum);
  if (isSmall && bound === '1' && unit !== '') {
    return { message: `${name} is empty.`, next: 'Fill it in.' };
  }
  const verb = unit === '' ? 'be' : 'have';
  return {
    message: `${name} has to ${verb} at ${isSmall ? 'least' : 'most'} ${bound}${unit}.`,
    next: 'Correct it.',
  };
}

/** The last two names of a path: `page.start`; places in lists are left out. */
function nameOf(path: readonly PropertyKey[]): string {
  const names = path.filter((key): key is string => typeof key === 'string');
  return names.length === 0 ? 'The file' : names.slice(-2).join('.');
}

function valueAt(declaration: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = declaration;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map<PropertyKey, unknown>(
      Object.entries(value).map(([name, held]) => [name, held]),
    ).get(String(key));
  }
  return value;
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
