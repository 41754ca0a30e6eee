import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Logger } from '../../config/logger';
import { codeOf } from '../../domain/passing';
import type { LetterFolder } from './folder';

/** A running sink. */
export interface Sink {
  readonly port: number;
  /** Ends its connections; a letter that is being received is not kept. */
  close(): Promise<void>;
}

export interface SinkOptions {
  readonly folder: LetterFolder;
  /** 0: a free one. */
  readonly port: number;
  readonly log: Logger;
}

/** Ten times a letter of the largest size, with room for its encoding. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
const MAX_CLIENTS = 200;
/** How the sink begins its greeting, by which `up` and `status` know it. */
export const SINK_NAME = 'rollcall-sink';
const LOOPBACK = '127.0.0.1';

/**
 * An SMTP server on the loopback address that keeps each letter and sends it to nobody. The reply 250
 * comes after the file is there. It takes letters for any address, without a password and without TLS:
 * nothing leaves the machine, and nothing comes from another.
 */
export async function openSink({ folder, port, log }: SinkOptions): Promise<Sink> {
  const server = new SMTPServer({
    name: SINK_NAME,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    // What mail servers offer.
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    logger: false,
    size: MAX_MESSAGE_BYTES,
    maxClients: MAX_CLIENTS,
    socketTimeout: 300_000,
    closeTimeout: 1_000,
    onConnect: ({ remoteAddress }, done) => {
      done(remoteAddress === LOOPBACK ? null : refusal(554, 'This machine only.'));
    },
    onData: (stream, session, done) => {
      receive(stream, (raw) => {
        if (stream.sizeExceeded) done(refusal(552, 'The message is too large.'));
        else reply(() => keep(folder, session, raw), { log, done });
      });
    },
  });
  // A client that goes away amid a letter is reported here; the letter is not kept.
  server.on('error', (error) => {
    log.debug({ code: codeOf(error) }, 'a connection ended with an error');
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  const address = server.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the sink has no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

/** Calls `whole` with a message that came to its final dot; never for another. */
function receive(stream: SMTPServerDataStream, whole: (raw: Buffer) => void): void {
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => {
    // What is refused anyway is read to its end, not collected.
    if (!stream.sizeExceeded) parts.push(part);
  });
  stream.on('end', () => {
    whole(Buffer.concat(parts));
  });
  stream.on('error', () => undefined);
}

/** One file for each recipient. */
function keep(folder: LetterFolder, { envelope }: SMTPServerSession, raw: Buffer): string {
  const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
  const ids = envelope.rcptTo.map(({ address: to }) => folder.keep({ from, to, raw }));
  return `Kept as ${ids.join(' ')}, and sent to nobody`;
}

type Done = (error?: Error | null, message?: string) => void;

function reply(work: () => string, { log, done }: { log: Logger; done: Done }): void {
  try {
    done(null, work());
  } catch (error) {
    const code = codeOf(error);
    log.error({ code }, 'a letter could not be kept');
    done(refusal(452, `The letter could not be kept: ${code === '' ? 'unknown' : code}`));
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
