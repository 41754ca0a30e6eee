import type { BouncePlace, BouncesImport } from '../../operations/letters/bounces';
import { verbatim } from '../../wording/called';
import { counted } from '../../wording/messages/words';
import { count } from '../output';

const WHY: Readonly<Record<BouncePlace['code'], string>> = {
  message_too_large: 'longer than 10 MB, so it was not read',
  message_unreadable: 'cannot be read as a message',
  not_ours: 'names no letter that this installation sent',
  delivery_gone: 'its letter was sent too long ago, or from another database',
};
const MAX_SHOWN = 10;

/** What an import of bounces did, or would do, and what to do next. */
export function bouncesText(o: BouncesImport): string {
  const would = o.dryRun ? 'would be ' : '';
  const lines = [
    `${counted(o.messages, 'message', 'messages')} read.`,
    line(o.bounced, (n) => `${counted(n, 'letter', 'letters')} ${would}marked as bounced.`),
    line(
      o.suppressed,
      (n) => `${counted(n, 'address', 'addresses')} ${would}suppressed: no more letters go there.`,
    ),
    line(o.delayed, (n) => `${count(n)} delayed: the mail server still tries.`),
    line(o.complaints, (n) => `${count(n)} of people who complained.`),
    line(o.already, (n) => `${count(n)} about letters that had failed or bounced already.`),
    line(o.known, (n) => `${count(n)} imported before.`),
    line(o.delivered, (n) => `${count(n)} about letters that arrived.`),
    line(o.others, (n) => `${count(n)} no bounces (absence notes, receipts, other mail).`),
    line(o.unmatched, (n) => `${count(n)} about no letter of this database.`),
    line(o.unreadable, (n) => `${count(n)} could not be read.`),
    ...o.places.slice(0, MAX_SHOWN).map(({ place, code }) => `  ${verbatim(place)}: ${WHY[code]}`),
    line(o.places.length - MAX_SHOWN, (n) => `  and ${count(n)} more (--json has up to 100)`),
  ];
  return `${lines.filter((text) => text !== '').join('\n')}\n${nextOf(o)}`;
}

function nextOf({ dryRun, suppressed, bounced }: BouncesImport): string {
  if (dryRun && bounced + suppressed > 0) return 'next: give the command without --dry-run\n';
  return suppressed > 0 ? 'next: rollcall suppressions list --reason hard_bounce\n' : '';
}

function line(n: number, text: (n: number) => string): string {
  return n > 0 ? text(n) : '';
}
