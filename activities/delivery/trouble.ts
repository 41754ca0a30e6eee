import type { CampaignTrouble } from '../../domain/letters/campaignDocument';
import { isOneOf, OF_LOGIN, OF_SENDER, outcomeOf, TOO_LARGE } from '../../domain/letters/replies';
import type { Reply } from '../../domain/letters/reply';
import { REFUSED_IN_A_ROW, type MailTrouble } from '../../domain/letters/troubles';

/** Why the server refuses this sender: codes only. */
export function troubleOf(reply: Reply): CampaignTrouble {
  const { stage, code, enhanced } = reply;
  return {
    code: codeOf(reply),
    ...{ stage, smtpCode: code ?? null, enhanced: enhanced ?? null },
  };
}

function codeOf(reply: Reply): MailTrouble {
  const { stage, code, enhanced } = reply;
  if (outcomeOf(reply) !== 'server') return REFUSED_IN_A_ROW;
  if (stage === 'auth') return 'mail_auth_refused';
  if (isOneOf(enhanced, TOO_LARGE)) return 'letter_too_large';
  if (OF_LOGIN.some((login) => login === code)) return 'mail_auth_refused';
  if (stage === 'mail' || isOneOf(enhanced, OF_SENDER)) return 'mail_sender_refused';
  return 'mail_command_refused';
}
