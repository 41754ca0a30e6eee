import type { Reply } from '../../../domain/letters/reply';

/** One message to one recipient. */
export interface Sending {
  /** The address of the recipient, without a name. */
  readonly envelopeTo: string;
  /** Where its bounces go (MAIL FROM); the address of the sender unless given. */
  readonly envelopeFrom?: string | undefined;
  /** With its angle brackets; its part before the `@` is the ENVID, where the server takes one. */
  readonly messageId: string;
  /** The whole message: headers, an empty line, the body, with CRLF. */
  readonly raw: Buffer;
}

/** A pool of connections to one mail server. */
export interface Sender {
  /** Connections that it opens at most, which is how many sends may be outstanding. */
  readonly connections: number;
  /** `host` or `host:port`: the server whose budget its sends take turns from. */
  readonly host: string;
  /**
   * Sends one message once. Never throws for what a server does, and never sends again by itself. Waits
   * while all connections are busy.
   */
  send(sending: Sending): Promise<Reply>;
  /**
   * As {@link Sender.send}, unless the message is not to be sent any more when its turn comes: `null`, and nothing was sent.
   * `isStale` is asked once a connection is free, because the wait for one has no limit.
   */
  sendUnlessStale(
    sending: Sending,
    isStale: () => boolean | Promise<boolean>,
  ): Promise<Reply | null>;
  /** Ends idle connections; what is on the wire ends first. */
  close(): void;
}
