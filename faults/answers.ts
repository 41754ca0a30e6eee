import { createServer } from 'node:http';

/** An answer that waits for its request. */
export interface Prepared {
  readonly status?: number;
  readonly body: string;
}

/** A request: its path with the query. */
export type Answering = (path: string) => Prepared | undefined;

/** A system on the loopback interface that gives prepared answers. */
export interface Answers {
  readonly origin: string;
  /** For the hosts that are allowed though private. */
  readonly host: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Answers from now on. */
  answer(by: Answering): void;
  clear(): void;
  stop(): Promise<void>;
}

export async function startAnswers(): Promise<Answers> {
  const asked: string[] = [];
  const state: { by: Answering } = { by: () => undefined };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const path = request.url ?? '/';
      asked.push(path);
      const { status = 200, body } = state.by(path) ?? { status: 404, body: '{}' };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    host: `127.0.0.1:${String(port)}`,
    asked,
    answer: (by) => {
      state.by = by;
    },
    clear: () => {
      state.by = () => undefined;
      asked.length = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
