import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Fault } from '../domain/faults';

/** True when nothing listens on this loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Ports are chosen below the range that systems use for outgoing connections (Linux from 32,768, others
 * from 49,152). A port in that range could be taken by any connection in the seconds before a server
 * listens on it.
 */
const FIRST = 15_000;
const LAST = 32_000;
const MAX_TRIES = 1_000;

/** As many different free loopback ports as asked for. @throws Fault unavailable (`no_port`). */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries >= MAX_TRIES + count) {
      throw new Fault('unavailable', {
        code: 'no_port',
        message: `No free port was found between ${String(FIRST)} and ${String(LAST)} on 127.0.0.1.`,
        next: 'End what listens there, then: rollcall up',
      });
    }
    const port = randomInt(FIRST, LAST);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}
