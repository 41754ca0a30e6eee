/**
 * Where the dialogue with a mail server was when a send ended. `connect`: up to the greeting; `hello`:
 * EHLO and STARTTLS; `data`: the command DATA; `content`: from the first byte of the message on, its
 * final dot included; `address`: it was not begun, because an address is none.
 */
export const REPLY_STAGES = [
  'connect',
  'hello',
  'auth',
  'mail',
  'rcpt',
  'data',
  'content',
  'address',
] as const;
export type ReplyStage = (typeof REPLY_STAGES)[number];

/** What a send came to: all that is kept of a server's words. */
export interface Reply {
  /**
   * A hash of the words without addresses and numbers: the same words for many recipients are about none of them.
   * Absent: there was no reply, or it has no words.
   */
  readonly words?: string;
  /** True when the words quote the address of the recipient. */
  readonly quotesRecipient?: boolean;
  /** The server's reply code; absent: there was no reply. */
  readonly code?: number;
  /** The enhanced code of the reply (RFC 3463), such as `5.1.1`. */
  readonly enhanced?: string;
  readonly stage: ReplyStage;
  /** True when the message was begun to be read: from then on it may have gone out. */
  readonly streamRead: boolean;
}
