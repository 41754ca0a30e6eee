import { RESTORED } from '../domain/letters/campaigns';
import { REFUSED_IN_A_ROW, type MailTrouble } from '../domain/letters/troubles';

type Code = MailTrouble | 'mail_not_configured' | typeof RESTORED;

const SETTINGS =
  'Correct ROLLCALL_SMTP_URL where the worker runs, restart it (rollcall down, rollcall up), then resume';

const WORDS: Readonly<Record<Code, string>> = {
  mail_auth_refused: `the mail server refused the user name or the password. ${SETTINGS}`,
  mail_sender_refused:
    'the mail server refused the sender. Correct ROLLCALL_MAIL_FROM, or let the server accept that address, then resume',
  mail_command_refused: `the mail server refused a command, which is no fault of a recipient. ${SETTINGS}`,
  letter_too_large:
    'the letter is larger than the mail server takes. Cancel, shorten it, and send it again',
  [REFUSED_IN_A_ROW]:
    'the mail server refused ten letters in a row in the same words. Read its log, mend the cause, then resume',
  mail_not_configured:
    'a worker has no mail server. Set ROLLCALL_SMTP_URL and ROLLCALL_MAIL_FROM where it runs, restart it, then resume',
  [RESTORED]: 'the database was restored, and letters may have been sent after its backup was made',
};

function isKnown(code: string): code is Code {
  return Object.hasOwn(WORDS, code);
}

/** Why a campaign is paused, and what to do first; the code itself where there are no words for it. */
export function campaignTroubleWords(code: string): string {
  return isKnown(code) ? WORDS[code] : code;
}
