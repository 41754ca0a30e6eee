import type { LetterPreviewed, LetterView, ListedLetter, TestedLetter } from '../../client';
import { typedVariable } from '../../domain/letters/variables';
import { printableLines, quoted } from '../../domain/shown';
import { pairs, table, minute } from '../output';

/** A list of letters for people. */
export function lettersText(letters: readonly ListedLetter[]): string {
  if (letters.length === 0) return 'No letters.\n';
  const isAll = letters.some(({ archivedAt }) => archivedAt !== null);
  return table(
    [
      'name',
      'subject',
      'category',
      'version',
      'changed (UTC)',
      ...(isAll ? ['archived', 'id'] : []),
    ],
    letters.map((one) => [
      ...[one.name, one.subject, one.category, one.version, minute(one.updatedAt)],
      ...(isAll
        ? [
            one.archivedAt === null ? null : minute(one.archivedAt),
            one.archivedAt === null ? null : one.letterId,
          ]
        : []),
    ]),
  );
}

/** One letter for people, as it is written. */
export function letterText(letter: LetterView): string {
  const { name, subject, category, variables, version, archivedAt, html } = letter;
  const head = pairs([
    ['name', name],
    ['subject', subject],
    ['category', category],
    ...variables.map((variable) => ['variable', typedVariable(variable)] as const),
    ['version', version],
    ...(archivedAt === null ? [] : [['archived', `${minute(archivedAt)} UTC`] as const]),
    ['changed', `${minute(letter.updatedAt)} UTC`],
    ['id', letter.letterId],
  ]);
  const written = html === null ? 'HTML is made from the text.\n' : `HTML:\n\n${ended(html)}`;
  return `${head}\n${ended(letter.text)}\n${written}`;
}

/** A letter as a person would get it. */
export function previewedText(letter: LetterPreviewed, file: string | undefined): string {
  const { subject, text, fromName, replyTo, valuesNotGiven, gaps } = letter;
  const head = pairs([
    ['subject', subject],
    ...(fromName === null ? [] : [['from', fromName] as const]),
    ...(replyTo === null ? [] : [['reply to', replyTo] as const]),
  ]);
  const notes =
    notesOf(valuesNotGiven, gaps) + (file === undefined ? '' : `The HTML is in ${quoted(file)}.\n`);
  return `${head}\n${ended(text)}${notes === '' ? '' : `\n${notes}`}`;
}

const NOT_SIGNED =
  'It is not signed (DKIM): ROLLCALL_DKIM_KEY is not set here. Letters are signed with the key of the worker.\n';

/** A test that was sent. */
export function testedText(tested: TestedLetter): string {
  const { to, subject, messageId, sink, signedFor, valuesNotGiven, gaps } = tested;
  const where = sink ? 'It is in the local sink: rollcall mail list\n' : '';
  return (
    pairs([
      ['sent to', to],
      ['subject', subject],
      ['Message-ID', messageId],
    ]) +
    where +
    (signedFor === null && !sink ? NOT_SIGNED : '') +
    notesOf(valuesNotGiven, gaps)
  );
}

function notesOf(valuesNotGiven: readonly string[], gaps: readonly string[]): string {
  const given = valuesNotGiven.map((name) => `Not given: ${name} (--value ${name}=TEXT).\n`);
  const noted =
    gaps.length === 0 ? '' : `No value for this person, and no default: ${gaps.join(', ')}.\n`;
  return given.join('') + noted;
}

function ended(text: string): string {
  return `${printableLines(text).trimEnd()}\n`;
}
