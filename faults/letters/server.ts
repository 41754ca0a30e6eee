import { appendFileSync, writeSync, openSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { misdeedAt, natureOf, type Misdeed } from './faultyMail';

// A mail server of the campaign's own, as a process of its own: it misbehaves at every stage of the dialogue,
// and writes down what it took, by recipient, before it answers. It knows nothing of Rollcall, and reads no
// header. Its orders come over the channel of its parent (`fork`).

/** What the parent orders. */
export type Order =
  | {
      readonly do: 'journal';
      readonly folder: string;
      readonly seed: string;
      readonly faulty: boolean;
      /** How many times as often it misbehaves as it usually does. */
      readonly often: number;
    }
  /** From now on it takes so long to answer the final dot. */
  | { readonly do: 'pace'; readonly replyMs: number }
  | { readonly do: 'trouble'; readonly trouble: Trouble | null };
/** Trouble of the server as a whole, for every letter. */
export type Trouble = 'auth' | 'relay' | 'diskFull' | 'away';

/** A line of the journal. */
export interface Line {
  readonly rcpt: string;
  /** The reply that was sent; null: none. */
  readonly reply: string | null;
  /** True when the server took the message: the person gets it. */
  readonly taken: boolean;
  readonly misdeed: Misdeed | 'trouble' | null;
  /** Where the raw message stands in `messages`, and its length; 0: none came. */
  readonly at: number;
  readonly bytes: number;
}

const state = {
  folder: '',
  seed: '',
  faulty: false,
  often: 1,
  replyMs: 0,
  messages: -1,
  written: 0,
  trouble: null as Trouble | null,
  connections: 0,
  attempts: new Map<string, number>(),
};

const SLOW_MS = 2_000;

/** One dialogue. Commands come one by one: the client waits for each reply. */
class Dialogue {
  readonly #socket: Socket;
  #buffer: Buffer[] = [];
  #length = 0;
  #inBody = false;
  #rcpt = '';
  #attempt = 0;
  #busy = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    if (state.trouble === 'away') {
      socket.destroy();
      return;
    }
    state.connections += 1;
    const key = String(state.connections);
    const { seed, often } = state;
    if (state.faulty && misdeedAt('greeting', { seed, key, attempt: 0, often }) !== undefined) {
      socket.end('421 4.3.2 come back later\r\n');
      return;
    }
    socket.write('220 counting.example ESMTP\r\n');
    socket.on('data', (data: Buffer) => {
      this.#take(data);
    });
  }

  #take(data: Buffer): void {
    this.#buffer.push(data);
    this.#length += data.length;
    if (this.#inBody) {
      this.#body();
      return;
    }
    const text = Buffer.concat(this.#buffer).toString('latin1');
    const end = text.indexOf('\r\n');
    if (end < 0 || this.#busy) return;
    this.#keep(Buffer.from(text.slice(end + 2), 'latin1'));
    this.#command(text.slice(0, end));
    if (this.#length > 0 && !this.#socket.destroyed) this.#take(Buffer.alloc(0));
  }

  #keep(rest: Buffer): void {
    this.#buffer = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }

  #say(reply: string): void {
    this.#socket.write(`${reply}\r\n`);
  }

  #misdeed(stage: 'mail' | 'rcpt' | 'data' | 'body' | 'dot', key: string): Misdeed | undefined {
    if (!state.faulty) return undefined;
    const { seed, often } = state;
    return misdeedAt(stage, { seed, key, attempt: this.#attempt, often });
  }

  #command(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'EHLO':
        this.#say(
          '250-counting.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN LOGIN\r\n250 DSN',
        );
        return;
      case 'HELO':
        this.#say('250 counting.example');
        return;
      case 'AUTH':
        this.#say(state.trouble === 'auth' ? '535 5.7.8 no' : '235 2.7.0 yes');
        return;
      case 'MAIL':
        this.#mail();
        return;
      case 'RCPT':
        this.#recipient(line);
        return;
      case 'DATA':
        this.#data();
        return;
      case 'RSET':
      case 'NOOP':
        this.#say('250 2.0.0 ok');
        return;
      case 'QUIT':
        this.#socket.end('221 2.0.0 bye\r\n');
        return;
      default:
        this.#say('502 5.5.1 not here');
    }
  }

  #mail(): void {
    // Sessions that are logged in end with the password, so that a small campaign meets this trouble, too.
    if (state.trouble === 'away' || state.trouble === 'auth') {
      this.#socket.destroy();
      return;
    }
    if (state.trouble === 'diskFull') {
      this.#say('452 4.3.1 no space left');
      return;
    }
    // The recipient is not known yet: decided by the number of this transaction.
    state.connections += 1;
    const key = `mail ${String(state.connections)}`;
    if (this.#misdeed('mail', key) !== undefined) this.#socket.destroy();
    else this.#say('250 2.1.0 ok');
  }

  #recipient(line: string): void {
    this.#rcpt = (/<([^>]*)>/.exec(line)?.[1] ?? '').toLowerCase();
    this.#attempt = (state.attempts.get(this.#rcpt) ?? 0) + 1;
    state.attempts.set(this.#rcpt, this.#attempt);
    if (state.trouble === 'relay') {
      this.#refuse('550 5.7.1 relaying denied', 'trouble');
      return;
    }
    if (state.faulty && natureOf(state.seed, this.#rcpt) === 'unknownAtRcpt') {
      this.#refuse('550 5.1.1 nobody here has this name', null);
      return;
    }
    const misdeed = this.#misdeed('rcpt', this.#rcpt);
    if (misdeed === 'later450') this.#refuse('450 4.2.1 later', misdeed);
    else if (misdeed === 'later421') {
      this.#refuse('421 4.3.2 later', misdeed);
      this.#socket.end();
    } else if (misdeed === 'hangUpAtRcpt') this.#hangUp(misdeed);
    else this.#say('250 2.1.5 ok');
  }

  #data(): void {
    const misdeed = this.#misdeed('data', this.#rcpt);
    if (misdeed !== undefined) {
      this.#refuse('451 4.3.0 later', misdeed);
      return;
    }
    this.#inBody = true;
    this.#say('354 go on');
  }

  #body(): void {
    const misdeed = this.#misdeed('body', this.#rcpt);
    if (misdeed !== undefined && this.#length > 200) {
      this.#hangUp(misdeed);
      return;
    }
    const all = Buffer.concat(this.#buffer);
    this.#buffer = [all];
    const end = all.indexOf('\r\n.\r\n');
    if (end < 0) return;
    this.#inBody = false;
    this.#keep(all.subarray(end + 5));
    this.#dot(all.subarray(0, end + 2));
  }

  #dot(raw: Buffer): void {
    const nature = state.faulty ? natureOf(state.seed, this.#rcpt) : 'good';
    if (nature === 'unknownAfterDot') {
      this.#refuse('550 5.1.1 nobody here has this name', null, raw);
      return;
    }
    if (nature === 'refusedAfterDot') {
      this.#refuse('554 5.2.1 this mailbox takes nothing', null, raw);
      return;
    }
    const misdeed = this.#misdeed('dot', this.#rcpt);
    if (misdeed === 'laterAfterDot') this.#refuse('451 4.3.0 later', misdeed, raw);
    else if (misdeed === 'hangUpNotTaken') this.#hangUp(misdeed, raw);
    else if (misdeed === 'hangUpTaken') {
      this.#write({ reply: null, taken: true, misdeed }, raw);
      this.#socket.destroy();
    } else {
      this.#write({ reply: '250 2.0.0 taken', taken: true, misdeed: misdeed ?? null }, raw);
      const wait = misdeed === 'slowReply' ? SLOW_MS : state.replyMs;
      if (wait > 0) {
        this.#busy = true;
        setTimeout(() => {
          this.#busy = false;
          this.#say('250 2.0.0 taken');
        }, wait);
      } else this.#say('250 2.0.0 taken');
    }
  }

  #refuse(reply: string, misdeed: Line['misdeed'], raw?: Buffer): void {
    this.#write({ reply, taken: false, misdeed }, raw);
    this.#say(reply);
  }

  #hangUp(misdeed: Misdeed, raw?: Buffer): void {
    this.#write({ reply: null, taken: false, misdeed }, raw);
    this.#socket.destroy();
  }

  #write(line: Pick<Line, 'reply' | 'taken' | 'misdeed'>, raw?: Buffer): void {
    const whole: Line = { rcpt: this.#rcpt, ...line, at: state.written, bytes: raw?.length ?? 0 };
    if (raw !== undefined) state.written += writeSync(state.messages, raw);
    appendFileSync(join(state.folder, 'journal'), `${JSON.stringify(whole)}\n`);
  }
}

process.on('message', (order: Order) => {
  if (order.do === 'trouble') state.trouble = order.trouble;
  else if (order.do === 'pace') state.replyMs = order.replyMs;
  else {
    state.folder = order.folder;
    state.seed = order.seed;
    state.faulty = order.faulty;
    state.often = order.often;
    state.replyMs = 0;
    state.messages = openSync(join(order.folder, 'messages'), 'a');
    state.written = 0;
    state.attempts.clear();
  }
  process.send?.({ done: order.do });
});
process.on('disconnect', () => {
  process.exit(0);
});

const server = createServer((socket) => {
  socket.setNoDelay(true);
  new Dialogue(socket);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});
