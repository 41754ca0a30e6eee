/** A letter in the sink, as a list shows it. */
export interface SinkLetter {
  readonly id: string;
  /** When it came, as an ISO 8601 instant. */
  readonly at: string;
  /** The sender of the envelope: where a bounce would go. */
  readonly returnPath: string;
  /** The recipient of the envelope. */
  readonly to: string;
  /** The sender that the recipient sees. */
  readonly from: string | null;
  readonly subject: string | null;
  readonly messageId: string | null;
  readonly bytes: number;
}

/** A letter as it is shown alone. */
export interface ShownLetter extends SinkLetter {
  /** The recipients that the letter names (To). */
  readonly addressedTo: string | null;
  /** Every header as it stands in the letter, in order. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: number;
  /** The file of the letter. */
  readonly file: string;
}
