import { createServer, type IncomingHttpHeaders } from 'node:http';
import { SMTPServer } from 'smtp-server';

/** One request that a receiver of webhooks got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks on the loopback interface. */
export interface HookReceiver {
  /** host:port, for the hosts that are allowed though private. */
  readonly host: string;
  readonly url: string;
  readonly received: Received[];
  /** Statuses of the next answers; then 204. */
  statuses: number[];
  stop(): Promise<void>;
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const received: Received[] = [];
  const receiver: { statuses: number[] } = { statuses: [] };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      const status = receiver.statuses.shift() ?? 204;
      response.writeHead(status, { location: '/elsewhere' }).end(status === 204 ? '' : 'No.');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`;
  return Object.assign(receiver, {
    host,
    url: `http://${host}/hooks`,
    received,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** One mail as a mail server accepted it. */
export interface Mailed {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** A mail server on the loopback interface. */
export interface MailReceiver {
  readonly url: string;
  readonly mails: Mailed[];
  /** Replies to the next recipients; after that each is accepted. */
  refusals: number[];
  stop(): Promise<void>;
}

export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: Mailed[] = [];
  const receiver: { refusals: number[] } = { refusals: [] };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: (_, __, done) => {
      const reply = receiver.refusals.shift();
      done(reply === undefined ? null : Object.assign(new Error('No.'), { responseCode: reply }));
    },
    onData: (stream, { envelope }, done) => {
      let text = '';
      stream.on('data', (part: Buffer) => (text += part.toString()));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(receiver, {
    url: `smtp://127.0.0.1:${String(port)}`,
    mails,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}
