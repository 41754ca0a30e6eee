/** Code of the trouble of a campaign whose last letters were all refused alike. */
export const REFUSED_IN_A_ROW = 'mail_refused_in_a_row';

/** What a mail server says that is no fault of a recipient. */
export type MailTrouble =
  | 'mail_auth_refused'
  | 'mail_sender_refused'
  | 'mail_command_refused'
  | 'letter_too_large'
  | typeof REFUSED_IN_A_ROW;
