import type { Renderer } from '../../connectors/delivery/render';
import { Fault } from '../../domain/faults';
import type { LetterContent } from '../../domain/letters/content';
import { MAX_TEMPLATE_BYTES } from '../../domain/letters/limits';
import type { Variable } from '../../domain/letters/variables';
import { Faults } from '../../domain/severalFaults';
import { plannedSql, type People } from '../../store/letters/campaigns/recipients';
import { countMissing, type MissingValue } from '../../store/letters/missing';
import type { OperationContext } from '../context';
import { knownLetter, refuseArchived } from './letters';
import { checkContent, missingOf, readLetter } from './letterValues';

/** What is sent: a letter by its name or id, or a one-off. */
export interface WhatToSend {
  readonly letter?: string;
  readonly custom?: {
    readonly subject: string;
    readonly text: string;
    readonly html?: string | null;
    /** `administrative` unless given. */
    readonly category?: string;
  };
  /** What `values.*` are, for this sending. */
  readonly values?: Readonly<Record<string, string>>;
}

/** The content to be frozen. Faults: `usage`, `not_found`, `state` (`letter_archived`). */
export async function contentToSend(
  context: OperationContext,
  { letter, custom, values = {} }: WhatToSend,
  renderer: Renderer,
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
    const content = await oneOff(context, { custom, values, renderer });
    return { letterId: null, letter: null, content };
  }
  const row = await knownLetter(context.db.pool, letter ?? '');
  refuseArchived(row);
  const { subject, text, html, variables, category } = row;
  refuseValues(variables, values);
  const content = { subject, text, html, variables, values, category };
  return { letterId: row.id, letter: row.name, content };
}

/** A one-off is checked as a letter is when it is saved; each value that was given is one of its variables. */
async function oneOff(
  context: OperationContext,
  o: Pick<Required<WhatToSend>, 'custom' | 'values'> & { readonly renderer: Renderer },
): Promise<LetterContent> {
  const faults = new Faults();
  const variables = Object.keys(o.values).map((name) => `values.${name}`);
  const read = readLetter({ ...o.custom, variables }, faults);
  const content = {
    subject: read.subject ?? '',
    text: read.text ?? '',
    html: read.html ?? null,
    variables: read.variables ?? [],
    values: o.values,
    category: read.category ?? 'administrative',
  };
  if (isTemplate(content)) {
    await checkContent(context.db.pool, { content, renderer: o.renderer, faults });
  }
  faults.refuse();
  return content;
}

/** False where nothing is filled in: then there is nothing to check, and no gap is left. */
function isTemplate({ subject, text, html }: LetterContent): boolean {
  const all = `${subject}\n${text}\n${html ?? ''}`;
  return /\{[{%]/.test(all) || all.length > MAX_TEMPLATE_BYTES / 4;
}

/** The given values are declared, and none of the needed ones is missing. @throws Fault usage */
function refuseValues(
  variables: readonly Variable[],
  values: Readonly<Record<string, string>>,
): void {
  const missing = missingOf(variables, values);
  if (missing.length === 0) return;
  throw new Fault('usage', {
    code: 'values_missing',
    message: `The letter needs ${missing.length === 1 ? 'a value' : 'values'}: ${missing.join(', ')}.`,
    next: `Add ${missing.map((name) => `--value ${name}=TEXT`).join(' ')}.`,
  });
}

/** Values that some of the people who are to get it do not have, and that the letter has no default for. */
export async function missingValues(
  context: OperationContext,
  o: {
    readonly content: LetterContent;
    readonly people: People;
    readonly recent: readonly string[];
    readonly renderer: Renderer;
  },
): Promise<readonly MissingValue[]> {
  if (!isTemplate(o.content)) return [];
  const paths = await o.renderer.needs(o.content);
  const people = plannedSql(o.people, o.recent);
  return countMissing(context.db.pool, { paths, people });
}
