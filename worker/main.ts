import { loadConfig, unknownSettings } from '../config/env';
import { createLogger } from '../config/logger';
import { Fault } from '../domain/faults';
import { wordFault, wordNext } from '../wording/next';
import { runWorker } from './compose';
import { endOnUncaught } from './uncaught';

/** The daemon: ends with 0 after it has drained (SIGTERM, SIGINT), with 1 when it cannot run. */
async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLogger({ level: config.logLevel, name: 'worker' });
  endOnUncaught(log, process);
  for (const { name, from, nearest } of unknownSettings()) {
    log.warn({ setting: name, from, nearest }, 'this is no setting: it does nothing');
  }
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    // The second signal means that nobody wants to wait: work that is cut off is repeated later.
    if (stopping.signal.aborted) process.exit(1);
    log.info({ signal }, 'stopping; a second signal ends at once');
    stopping.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await runWorker({ config, log, signal: stopping.signal });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.fatal({ code: error.code, next: error.next && wordNext(error.next) }, wordFault(error));
    process.exitCode = 1;
  }
}

function words(error: unknown): string {
  if (error instanceof Fault) {
    const next = error.next === undefined ? '' : wordNext(error.next);
    return [wordFault(error), next].join('\n').trimEnd();
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main()
  .then(() => {
    // The SDK's runtime may keep its threads alive; no work remains to wait for.
    process.exit();
  })
  .catch((error: unknown) => {
    process.stderr.write(`${words(error)}\n`);
    process.exit(1);
  });
