import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { Client } from 'pg';

/**
 * A stand-in for a pooler in transaction mode, which behaves worse than PgBouncer: it refuses start-up
 * options, gives each transaction the next of its sessions, and forgets the settings of its clients.
 * The real one is rehearsed by `npm run faults -- pooler`.
 */
export interface StandInPooler {
  /** The URL of the database through the pooler. */
  readonly url: string;
  /** Names of the statements that clients sent with a name. */
  readonly named: readonly string[];
  close(): Promise<void>;
}

const SESSIONS = 3;

export async function standInPooler(databaseUrl: string): Promise<StandInPooler> {
  const named: string[] = [];
  const sessions = await Promise.all(
    Array.from({ length: SESSIONS }, () => openSession(databaseUrl)),
  );
  const waiting: ((session: Session) => void)[] = [];
  const pool: Pool = {
    named,
    take() {
      const session = sessions.shift();
      return session === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(session);
    },
    give(session) {
      const next = waiting.shift();
      // The oldest comes first, so that two transactions seldom meet in one session.
      if (next === undefined) sessions.push(session);
      else next(session);
    },
    lose() {
      openSession(databaseUrl).then(pool.give, () => undefined);
    },
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    // Each message is written by itself, and must not wait for the answer to the one before.
    socket.setNoDelay();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket, pool);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${String(portOf(server))}`;
  return {
    url: url.href,
    named,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await Promise.all(sessions.map(({ end }) => end()));
    },
  };
}

interface Session {
  readonly socket: Socket;
  end(): Promise<void>;
}

interface Pool {
  readonly named: string[];
  take(): Promise<Session>;
  give(session: Session): void;
  /** A session ended with its client amid a transaction. */
  lose(): void;
}

/** A session that is logged in, without the parts of node-postgres that read its answers. */
async function openSession(url: string): Promise<Session> {
  const client = new Client({ connectionString: url, application_name: 'stand-in pooler' });
  await client.connect();
  const socket: unknown = Reflect.get(Reflect.get(client, 'connection'), 'stream');
  if (!isSocket(socket)) throw new Error('a client without its socket');
  socket.removeAllListeners('data');
  client.on('error', () => undefined);
  socket.setNoDelay();
  return {
    socket,
    async end() {
      socket.end(message('X'));
      if (!socket.closed) await once(socket, 'close');
    },
  };
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'removeAllListeners' in value;
}

/** One client, from its start-up message to its end. */
function serve(client: Socket, pool: Pool): void {
  const state: { started: boolean; session: Session | undefined; work: Promise<void> } = {
    started: false,
    session: undefined,
    work: Promise.resolve(),
  };
  const fromClient = splitter((bytes) => {
    if (!state.started) {
      state.started = true;
      client.write(answerStart(bytes));
      return;
    }
    if (bytes[0] === code('X')) {
      client.end();
      return;
    }
    if (bytes[0] === code('P')) {
      const name = bytes.subarray(5, bytes.indexOf(0, 5)).toString();
      if (name !== '') pool.named.push(name);
    }
    state.work = state.work.then(async () => {
      state.session ??= await attach();
      state.session.socket.write(bytes);
    });
  });
  const attach = async (): Promise<Session> => {
    const session = await pool.take();
    const fromServer = splitter((bytes) => {
      // Idle: the transaction is over, and the session goes to the next client.
      if (bytes[0] === code('Z') && bytes[5] === code('I')) {
        session.socket.removeAllListeners('data');
        state.session = undefined;
        client.write(bytes);
        pool.give(session);
        return;
      }
      client.write(bytes);
    }, true);
    session.socket.on('data', fromServer);
    session.socket.resume();
    return session;
  };
  client.on('data', fromClient);
  client.on('close', () => {
    if (state.session === undefined) return;
    state.session.socket.removeAllListeners('data');
    state.session.socket.destroy();
    pool.lose();
  });
}

/** Cuts a stream into messages; a client's first one has no type. */
function splitter(each: (bytes: Buffer) => void, started = false): (chunk: Buffer) => void {
  const state = { rest: Buffer.alloc(0), started };
  return (chunk) => {
    state.rest = Buffer.concat([state.rest, chunk]);
    for (;;) {
      const at = state.started ? 1 : 0;
      if (state.rest.length < at + 4) return;
      const end = at + state.rest.readInt32BE(at);
      if (state.rest.length < end) return;
      const bytes = state.rest.subarray(0, end);
      state.rest = state.rest.subarray(end);
      state.started = true;
      each(bytes);
    }
  };
}

function answerStart(bytes: Buffer): Buffer {
  const words = bytes.subarray(8).toString().split('\0');
  if (words.filter((_, n) => n % 2 === 0).includes('options')) {
    return message('E', 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
  }
  const key = Buffer.alloc(8);
  // Its own number, as poolers make one up.
  key.writeInt32BE(4_242);
  const zone = message('S', 'TimeZone\0America/New_York\0');
  return Buffer.concat([message('R', Buffer.alloc(4)), zone, message('K', key), message('Z', 'I')]);
}

function message(type: string, body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

function code(letter: string): number {
  return letter.charCodeAt(0);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
