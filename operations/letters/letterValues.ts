import {
  openRenderer,
  type Problem,
  type Renderer,
  type RendererOptions,
} from '../../connectors/delivery/render';
import { Fault } from '../../domain/faults';
import {
  LETTER_CATEGORIES,
  type LetterCategory,
  type LetterContent,
} from '../../domain/letters/content';
import {
  MAX_LETTER_NAME_CHARS,
  MAX_SUBJECT_CHARS,
  MAX_TEMPLATE_BYTES,
  MAX_VARIABLES,
} from '../../domain/letters/limits';
import { readVariable, valueOf, valuesOf, type Variable } from '../../domain/letters/variables';
import { type Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import { selectProperties } from '../../store/users/properties';
import type { Queryable } from '../../store/database/db';

/** What is written of a letter, as it was given. */
export interface GivenLetter {
  readonly name?: string;
  /** One line of Liquid, 200 characters at most. */
  readonly subject?: string;
  /** Liquid. */
  readonly text?: string;
  /** Liquid in HTML; `null` or empty: the HTML is made from the text. */
  readonly html?: string | null;
  /** `values.deadline`, `values.deadline=Friday`, `user.firstName=colleague`: all of them. */
  readonly variables?: readonly string[];
  readonly category?: string;
}

/** The same, as it is kept. */
export interface ReadLetter {
  readonly name?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string | null;
  readonly variables?: readonly Variable[];
  readonly category?: LetterCategory;
}

/** Reads what was given; what is wrong goes to `faults`. */
export function readLetter(given: GivenLetter, faults: Faults): ReadLetter {
  const { html } = given;
  return {
    ...(given.name === undefined ? {} : { name: readName(given.name, faults) }),
    ...(given.subject === undefined ? {} : { subject: readSubject(given.subject, faults) }),
    ...(given.text === undefined ? {} : { text: readText(given.text, faults) }),
    ...(html === undefined ? {} : { html: html === null || html.trim() === '' ? null : lf(html) }),
    ...(given.variables === undefined ? {} : { variables: readVariables(given.variables, faults) }),
    ...(given.category === undefined ? {} : { category: readCategory(given.category, faults) }),
  };
}

function readName(given: string, faults: Faults): string {
  const name = given.trim().replace(/\s+/g, ' ');
  if (name === '' || name.length > MAX_LETTER_NAME_CHARS || /[\p{Cc}\p{Cf}]/u.test(name)) {
    faults.add(
      'name',
      new Fault('usage', {
        code: 'bad_name',
        message: `The name of a letter has 1 to ${String(MAX_LETTER_NAME_CHARS)} characters, and none that cannot be seen.`,
        next: { do: 'createLetter' },
      }),
    );
  }
  return name;
}

function readSubject(given: string, faults: Faults): string {
  const subject = given.trim();
  const refuse = (message: string): void => {
    faults.add('subject', bad(message, 'subject'));
  };
  if (subject === '') refuse('The letter has no subject.');
  if (/[\p{Cc}\u2028\u2029]/u.test(subject)) {
    refuse('The subject has a line break or a control character: it is one line.');
  }
  if (Array.from(subject).length > MAX_SUBJECT_CHARS) {
    refuse(`The subject has more than ${String(MAX_SUBJECT_CHARS)} characters.`);
  }
  return subject;
}

function readText(given: string, faults: Faults): string {
  const text = lf(given);
  if (text.trim() === '') {
    faults.add(
      'text',
      bad('The letter has no text: people who read no HTML would get an empty mail.', 'text'),
    );
  }
  return text;
}

/** Lines end with a line feed; a byte order mark, which editors write, is no part of the text. */
function lf(text: string): string {
  return text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .replaceAll('\0', '');
}

function readVariables(given: readonly string[], faults: Faults): Variable[] {
  const read: Variable[] = [];
  for (const text of given) {
    const variable = readVariable(text);
    if (variable === null) {
      faults.add('variable', badVariable(`${shown(text)} declares no variable.`));
    } else if (read.some(({ path }) => path === variable.path)) {
      faults.add('variable', badVariable(`${shown(variable.path)} is declared twice.`));
    } else {
      read.push(variable);
    }
  }
  if (read.length > MAX_VARIABLES) {
    faults.add('variable', badVariable(`A letter has ${String(MAX_VARIABLES)} variables at most.`));
  }
  return read;
}

function readCategory(given: string, faults: Faults): LetterCategory {
  const found = LETTER_CATEGORIES.find((category) => category === given.trim().toLowerCase());
  if (found === undefined) {
    faults.add(
      'category',
      new Fault('usage', {
        code: 'bad_category',
        message: `A letter is ${LETTER_CATEGORIES.join(' or ')}, not ${shown(given)}.`,
        next: { do: 'createLetter' },
      }),
    );
  }
  return found ?? 'administrative';
}

function badVariable(message: string): Fault {
  return new Fault('usage', {
    code: 'bad_variable',
    message,
    next: 'Write values.NAME for a value that is given when the letter is sent, values.NAME=TEXT with a default, or user.firstName=TEXT for what stands where a person has no value.',
  });
}

function bad(message: string, part: Problem['part']): Fault {
  return new Fault('usage', { code: 'bad_letter', message, details: { part } });
}

/** The values that a letter needs and that were not given. @throws Fault usage for one that it does not have */
export function missingOf(
  variables: readonly Variable[],
  values: Readonly<Record<string, string>>,
): readonly string[] {
  const { missing, unknown } = valuesOf(variables, values);
  const [first] = unknown;
  if (first === undefined) return missing;
  const names = variables.flatMap(({ path }) => valueOf(path) ?? []);
  const known = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
  throw new Fault('usage', {
    code: 'values_unknown',
    message: `The letter has no value ${shown(first)}. ${known}`,
  });
}

/** Opens a renderer for this work, and closes it. */
export async function withRenderer<T>(
  rendering: RendererOptions,
  work: (renderer: Renderer) => Promise<T>,
): Promise<T> {
  const renderer = openRenderer(rendering);
  try {
    return await work(renderer);
  } finally {
    await renderer.close();
  }
}

/** Adds what is wrong with a letter: what it says that there is not, and what cannot be rendered. */
export async function checkContent(
  db: Queryable,
  o: { readonly content: LetterContent; readonly renderer: Renderer; readonly faults: Faults },
): Promise<void> {
  const properties = (await selectProperties(db)).map(({ key }) => key);
  const problems = await o.renderer.check(o.content, { properties });
  for (const problem of problems) {
    o.faults.add(
      problem.part,
      new Fault('usage', {
        code: 'bad_letter',
        message: sentenceOf(problem),
        next: { do: 'helpLetters' },
        details: { problems },
      }),
    );
  }
}

const PARTS = { subject: 'Subject', text: 'Text', html: 'HTML' } as const;

function sentenceOf({ part, line, column, code, facts }: Problem): string {
  const where = `${PARTS[part]}, line ${String(line)}, column ${String(column)}`;
  switch (code) {
    case 'unknown_variable': {
      const { path = '', near } = facts;
      if (valueOf(path) !== null) {
        return `${where}: ${shown(path)} is not declared. Declare it: --variable ${path}, or ${path}=DEFAULT.`;
      }
      const meant = near === undefined ? '' : ` Did you mean ${near}?`;
      return `${where}: ${shown(path)} is nothing that a letter can say.${meant}`;
    }
    case 'template_syntax':
    case 'template_fault':
      return `${where}: ${facts['said'] ?? 'it cannot be read'}.`;
    case 'template_limit':
      return facts['most'] === undefined
        ? `${where}: it is too large, or it repeats more than a letter may.`
        : `${PARTS[part]}: it has more than ${String(MAX_TEMPLATE_BYTES)} bytes.`;
  }
}
