import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { SmtpFault, SmtpMood, SmtpStage } from './faults';

/** A message that came with its final dot, and what the server then did. */
export interface CountedMessage {
  readonly to: string;
  readonly raw: string;
  /** The reply; `drop`: none, and the connection was cut. */
  readonly answer: string;
  /** True when the server has the message: after a reply 2xx, or a drop that came after it was taken. */
  readonly taken: boolean;
}

export interface CountingOptions {
  readonly mood?: SmtpMood;
  /** Requires this user and password. */
  readonly auth?: { readonly user: string; readonly pass: string };
  /** Of EHLO, beside AUTH; by default PIPELINING, DSN and ENHANCEDSTATUSCODES. */
  readonly extensions?: readonly string[];
}

export interface CountingServer {
  /** `smtp://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Messages in the order of their final dots. */
  readonly messages: readonly CountedMessage[];
  /** Every command line of every dialogue, in the order of its coming. */
  readonly commands: readonly string[];
  /** How many taken messages each address has. */
  counts(): Map<string, number>;
  /** Connections open now, and the most that were open at once. */
  readonly connections: { now: number; most: number };
  setMood(mood: SmtpMood | null): void;
  close(): Promise<void>;
}

/**
 * A mail server for tests that counts by RCPT address and knows nothing of Message-IDs. It misbehaves as its
 * mood says, at any stage of the dialogue.
 */
export async function openCountingServer(options: CountingOptions = {}): Promise<CountingServer> {
  const books = new Books(options);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    books.connections.now += 1;
    books.connections.most = Math.max(books.connections.most, books.connections.now);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      books.connections.now -= 1;
    });
    socket.setNoDelay(true);
    new Dialogue(socket, books).begin();
  });
  const port = await listen(server);
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    port,
    messages: books.messages,
    commands: books.commands,
    counts: () => new Map(books.counts),
    connections: books.connections,
    setMood: (mood) => {
      books.mood = mood;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** On a free port. */
async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What all dialogues write into. */
class Books {
  readonly options: CountingOptions;
  readonly messages: CountedMessage[] = [];
  readonly commands: string[] = [];
  readonly counts = new Map<string, number>();
  readonly connections = { now: 0, most: 0 };
  mood: SmtpMood | null;
  readonly #reached = new Map<SmtpStage, number>();

  constructor(options: CountingOptions) {
    this.options = options;
    this.mood = options.mood ?? null;
  }

  faultAt(stage: SmtpStage, recipient: string): SmtpFault | null {
    const nth = (this.#reached.get(stage) ?? 0) + 1;
    this.#reached.set(stage, nth);
    return this.mood?.({ stage, recipient, nth }) ?? null;
  }

  add(message: CountedMessage): void {
    this.messages.push(message);
    const { to, taken } = message;
    if (taken) this.counts.set(to, (this.counts.get(to) ?? 0) + 1);
  }
}

/** One connection. */
class Dialogue {
  readonly #socket: Socket;
  readonly #books: Books;
  #input = '';
  #recipient = '';
  /** Reading the message, not commands. */
  #content = false;
  #authed: boolean;
  #authStep = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(socket: Socket, books: Books) {
    this.#socket = socket;
    this.#books = books;
    this.#authed = books.options.auth === undefined;
  }

  begin(): void {
    this.#queue(() => this.#answer('greeting', '220 counting ESMTP'));
    this.#socket.on('data', (chunk) => {
      this.#input += chunk.toString('latin1');
      this.#queue(() => this.#read());
    });
  }

  /** One step after the other: commands may come pipelined. */
  #queue(step: () => Promise<unknown>): void {
    this.#busy = this.#busy.then(step, step).catch(() => undefined);
  }

  async #read(): Promise<void> {
    while (!this.#socket.destroyed) {
      if (this.#content) {
        const end = `\r\n${this.#input}`.indexOf('\r\n.\r\n');
        if (end < 0) return;
        const raw = this.#input.slice(0, end).replace(/^\./gm, '');
        this.#input = this.#input.slice(end + 3);
        this.#content = false;
        await this.#took(raw);
        continue;
      }
      const at = this.#input.indexOf('\r\n');
      if (at < 0) return;
      const line = this.#input.slice(0, at);
      this.#input = this.#input.slice(at + 2);
      this.#books.commands.push(line);
      await this.#command(line);
    }
  }

  async #command(line: string): Promise<void> {
    if (this.#authStep > 0) {
      await this.#login(line);
      return;
    }
    const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        await this.#answer('ehlo', this.#extensions());
        break;
      case 'AUTH':
        await this.#auth(line);
        break;
      case 'MAIL':
        this.#recipient = '';
        if (this.#authed) await this.#answer('mail', '250 2.1.0 Ok');
        else this.#say('530 5.7.0 Authentication required');
        break;
      case 'RCPT':
        await this.#rcpt(line);
        break;
      case 'DATA':
        if (this.#recipient === '') this.#say('503 5.5.1 No recipient');
        else await this.#data();
        break;
      case 'RSET':
        this.#recipient = '';
        this.#say('250 2.0.0 Ok');
        break;
      case 'QUIT':
        this.#say('221 2.0.0 Bye');
        this.#socket.end();
        break;
      default:
        this.#say('500 5.5.2 Unknown command');
    }
  }

  #extensions(): string {
    const { extensions, auth } = this.#books.options;
    const offered = extensions ?? ['PIPELINING', 'DSN', 'ENHANCEDSTATUSCODES'];
    const all = ['counting', ...offered, ...(auth === undefined ? [] : ['AUTH PLAIN'])];
    return all.map((word, i) => `250${i === all.length - 1 ? ' ' : '-'}${word}`).join('\r\n');
  }

  async #auth(line: string): Promise<void> {
    const [, , initial = ''] = line.split(' ');
    if (initial === '') {
      this.#authStep = 1;
      this.#say('334 ');
    } else {
      await this.#login(initial);
    }
  }

  async #login(response: string): Promise<void> {
    this.#authStep = 0;
    const { auth } = this.#books.options;
    const [, user, pass] = Buffer.from(response, 'base64').toString().split('\0');
    this.#authed = auth === undefined || (user === auth.user && pass === auth.pass);
    await this.#answer('auth', this.#authed ? '235 2.7.0 Ok' : '535 5.7.8 Bad credentials');
  }

  async #rcpt(line: string): Promise<void> {
    const to = /<([^>]*)>/.exec(line)?.[1] ?? '';
    const said = await this.#answer('rcpt', '250 2.1.5 Ok', to);
    if (said?.startsWith('2') === true) this.#recipient = to;
  }

  async #data(): Promise<void> {
    const said = await this.#answer('data', '354 Go on', this.#recipient);
    if (said?.startsWith('3') === true) this.#content = true;
  }

  async #took(raw: string): Promise<void> {
    const to = this.#recipient;
    const fault = this.#books.faultAt('dot', to);
    if (fault?.kind === 'slow') await later(fault.ms);
    if (fault?.kind === 'drop') {
      this.#books.add({ to, raw, answer: 'drop', taken: fault.taken === true });
      this.#socket.destroy();
      return;
    }
    const answer = fault?.kind === 'reply' ? fault.line : '250 2.0.0 Ok: counted';
    this.#books.add({ to, raw, answer, taken: answer.startsWith('2') });
    this.#recipient = '';
    this.#say(answer);
  }

  /** What was said; `undefined`: the connection was cut. */
  async #answer(stage: SmtpStage, right: string, recipient = ''): Promise<string | undefined> {
    const fault = this.#books.faultAt(stage, recipient);
    if (fault?.kind === 'drop') {
      this.#socket.destroy();
      return undefined;
    }
    if (fault?.kind === 'slow') await later(fault.ms);
    const line = fault?.kind === 'reply' ? fault.line : right;
    this.#say(line);
    return line;
  }

  #say(line: string): void {
    this.#socket.write(`${line}\r\n`);
    // RFC 5321, 3.8: a server that says 421 closes the connection.
    if (line.startsWith('421')) this.#socket.end();
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
