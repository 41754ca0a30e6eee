import { createLogger } from '../../config/logger';
import { LetterFolder } from './folder';
import { openSink } from './sink';

const MINUTE_MS = 60_000;

/**
 * `node dist/embedded/mail/main.js FOLDER PORT DAYS BYTES`: the sink of a stack, until SIGTERM. What
 * went wrong is in its log; a letter's addresses are not.
 */
async function main(path: string, ...numbers: readonly string[]): Promise<void> {
  const [port = 0, days = 0, maxBytes = 0] = numbers.map(Number);
  const log = createLogger({ level: 'info', name: 'mail' });
  const folder = new LetterFolder(path, { days, maxBytes });
  folder.prune();
  const sink = await openSink({ folder, port, log });
  log.info({ port: sink.port }, 'listening');
  const pruning = setInterval(() => {
    folder.prune();
  }, MINUTE_MS);
  const stop = (): void => {
    clearInterval(pruning);
    void sink.close().then(() => process.exit(0));
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, stop);
}

if (require.main === module) {
  const [path = '', ...numbers] = process.argv.slice(2);
  main(path, ...numbers).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`);
    process.exit(1);
  });
}
