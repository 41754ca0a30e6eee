import { openDatabase } from '../../store/database/db';
import { OWNER_ID } from '../../store/sources/sources';
import { Follower } from './follow';
import { striking, type Strike } from './strike';

// A process that goes on with a sync and is struck in the middle: node child.js, the order as JSON on stdin.

interface Order {
  readonly databaseUrl: string;
  /** Base64. */
  readonly key: string;
  readonly runId: string;
  readonly strike: Strike;
}

async function main(): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) if (Buffer.isBuffer(part)) parts.push(part);
  const order: Order = JSON.parse(Buffer.concat(parts).toString());
  const db = openDatabase({
    url: order.databaseUrl,
    applicationName: 'struck',
    maxConnections: 4,
  });
  const follower = new Follower({
    context: {
      db,
      actorId: OWNER_ID,
      level: 'owner',
      door: 'worker',
      tokenId: null,
      keys: [Buffer.from(order.key, 'base64')],
      allowPrivateHosts: ['127.0.0.1'],
    },
    clock: { ms: Date.now() },
    readMs: 60_000,
    rowsAtOnce: 1,
    tries: 1,
    cancels: false,
    around: (store) => striking(store, order.strike),
  });
  const { state, code } = await follower.goOn(order.runId);
  process.stdout.write(JSON.stringify({ state, code }));
  await db.close();
}

main().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
