import type { ShownLetter, SinkLetter } from '../../domain/letters/sink/letter';
import { printable } from '../../domain/shown';
import { verbatim } from '../../wording/called';
import { counted } from '../../wording/messages/words';
import { count, pairs, table, minute } from '../output';

/** What is in the sink, for people, newest first. */
export function lettersText(letters: readonly SinkLetter[], to: string | undefined): string {
  if (letters.length === 0) {
    const whose = to === undefined ? '' : ` for ${printable(to)}`;
    return `The sink has no letter${verbatim(whose)}.\n`;
  }
  return table(
    ['id', 'came (UTC)', 'to', 'subject', 'bytes'],
    letters.map((letter) => [
      letter.id,
      minute(letter.at),
      letter.to,
      letter.subject,
      letter.bytes,
    ]),
  );
}

/** One letter for people: its headers, its text, and whether there is more to see. */
export function letterText(letter: ShownLetter): string {
  const { id, at, to, returnPath, headers, text, html } = letter;
  const others = headers.filter(({ name }) => !ABOVE.has(name.toLowerCase()));
  const kept = [
    ['id', id],
    ['came', at],
    ['delivered to', to],
    ['bounces to', returnPath === '' ? 'nobody' : returnPath],
    ['from', letter.from],
    ['to', letter.addressedTo],
    ['subject', letter.subject],
    ['message id', letter.messageId],
    ['file', letter.file],
  ] as const;
  const body =
    text === null
      ? 'The letter has no plain text.\n'
      : `${verbatim(text.replace(/\n+$/, '')).replaceAll('\r\n', '\n')}\n`;
  return [
    ...[pairs(kept), '\n'],
    ...others.map(({ name, value }) => verbatim(`${printable(name)}: ${printable(value)}\n`)),
    ...['\n', body],
    ...moreOf(letter).map((line) => `\n${line}`),
    html === null ? '' : `next: rollcall mail show ${id} --html > letter.html\n`,
  ].join('');
}

/** Headers that are shown above, decoded. */
const ABOVE = new Set(['from', 'to', 'subject', 'message-id']);

function moreOf({ html, attachments }: ShownLetter): string[] {
  return [
    ...(html === null ? [] : [`It has an HTML part, too (${count(html.length)} characters).\n`]),
    ...(attachments === 0
      ? []
      : [`It has ${counted(attachments, 'attached file', 'attached files')}.\n`]),
  ];
}
