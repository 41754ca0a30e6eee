import type { LetterContent, LetterContext } from '../../../domain/letters/content';
import { diceOf, type Dice } from '../../sync/chance';
import { fuzzedText } from './texts';

/** A letter to one person, and what its parts say before they are put into a message. */
export interface FuzzedLetter {
  readonly content: LetterContent;
  readonly context: LetterContext;
  /** The subject and the text with their values in place, by rules of this campaign's own. */
  readonly says: { readonly subject: string; readonly text: string; readonly html: string | null };
}

/** A piece of a template, and what it says. */
interface Piece {
  readonly source: string;
  readonly says: string;
}

interface Shape {
  readonly pieces: number;
  readonly long: boolean;
  /** What becomes of a value. */
  readonly escaped: (value: string) => string;
}

const asItIs = (value: string): string => value;
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};
const asHtml = (value: string): string =>
  value.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

const PATHS = ['firstName', 'lastName', 'department', 'jobTitle', 'displayName'] as const;
type Path = (typeof PATHS)[number];
type Values = Readonly<Record<Path, string | null>> & { readonly note: string };

/** Letter `n` of a seed. */
export function fuzzedLetter(seed: number, n: number): FuzzedLetter {
  const dice = diceOf('letters', seed, n);
  const value = (): string | null =>
    dice.often(0.1) ? null : fuzzedText(dice, { pieces: 4, long: false });
  const values: Values = {
    ...{ firstName: value(), lastName: value(), department: value(), jobTitle: value() },
    ...{ displayName: dice.often(0.5) ? null : value() },
    note: fuzzedText(dice, { pieces: 6, long: true }),
  };
  const subject = template(dice, values, { pieces: 3, long: false, escaped: asItIs });
  const text = template(dice, values, { pieces: 8, long: true, escaped: asItIs });
  const html = dice.often(0.5)
    ? null
    : template(dice, values, { pieces: 4, long: true, escaped: asHtml });
  return {
    content: {
      subject: subject.source,
      text: text.source,
      html: html === null ? null : `<p>${html.source}</p>`,
      variables: [{ path: 'values.note', default: null }],
      values: { note: values.note },
      category: dice.often(0.5) ? 'optional' : 'administrative',
    },
    context: contextOf(values, { fromName: value() }),
    says: { subject: subject.says, text: text.says, html: html === null ? null : html.says },
  };
}

function contextOf(
  { note: _, ...values }: Values,
  mail: { readonly fromName: string | null },
): LetterContext {
  return {
    user: {
      ...{ ...values, name: 'N', login: null, email: null, code: null, location: null },
      ...{ locale: 'en', hireDate: null, properties: {} },
    },
    organization: { code: null, name: null },
    sender: { name: null },
    mail: { ...mail, replyTo: null },
  };
}

function template(dice: Dice, values: Values, o: Shape): Piece {
  const pieces = Array.from({ length: 1 + dice.below(4) }, () => piece(dice, values, o));
  return {
    source: pieces.map(({ source }) => source).join(''),
    says: pieces.map(({ says }) => says).join(''),
  };
}

/** Written text, an output, one with a filter, a condition, or a loop. */
function piece(dice: Dice, values: Values, o: Shape): Piece {
  const written = fuzzedText(dice, o);
  const path = dice.pick(PATHS);
  const value = values[path] ?? '';
  switch (dice.below(6)) {
    case 0:
      return { source: `{{ user.${path} }}`, says: o.escaped(value) };
    case 1:
      return {
        source: `{{ user.${path} | default: "nobody" }}`,
        says: value === '' ? 'nobody' : o.escaped(value),
      };
    case 2:
      return {
        source: `{% if user.${path} %}${written}{% endif %}`,
        says: value === '' ? '' : written,
      };
    case 3:
      return {
        source: `{% for i in (1..2) %}{{ i }}${written}{% endfor %}`,
        says: `1${written}2${written}`,
      };
    case 4:
      return o.long
        ? { source: '{{ values.note }}', says: o.escaped(values.note) }
        : { source: written, says: written };
    default:
      return { source: written, says: written };
  }
}
