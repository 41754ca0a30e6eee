import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sinkFolder } from '../../config/mail';
import type { Settings } from '../../config/settings';
import { projectRoot, type DataPaths } from '../paths';
import type { ServiceSpec } from '../service';
import { SINK_NAME } from './sink';

const START_MS = 30_000;

export interface MailOptions {
  readonly paths: DataPaths;
  readonly port: number;
  readonly settings: Settings;
}

/**
 * True where a stack keeps letters in a sink of its own: neither a mail server nor a database is
 * configured. Other programs on a database of your own would not find the sink.
 */
export function hasSink(settings: Settings): boolean {
  return settings.ROLLCALL_SMTP_URL === undefined && settings.ROLLCALL_DATABASE_URL === undefined;
}

/** The sink of a stack. */
export function mailService({ paths, port, settings }: MailOptions): ServiceSpec {
  const { ROLLCALL_SINK_DAYS: days, ROLLCALL_SINK_BYTES: bytes } = settings;
  return {
    name: 'mail',
    address: `127.0.0.1:${String(port)}`,
    program: () => ({
      command: process.execPath,
      args: [
        // It holds single letters: 40 MB of the machine instead of 70.
        ...['--enable-source-maps', '--max-old-space-size=96', '--max-semi-space-size=2'],
        join(projectRoot(), 'dist', 'embedded', 'mail', 'main.js'),
        ...[sinkFolder(paths.data), ...[port, days, bytes].map(String)],
      ],
      env: process.env,
      cwd: paths.data,
      logFile: join(paths.logs, 'mail.log'),
      deathSignal: 'TERM',
    }),
    ready: async (alive) => {
      const until = Date.now() + START_MS;
      while (alive() && Date.now() < until) {
        if (await greets(port)) return;
        await sleep(40);
      }
      throw new Error(alive() ? 'it does not answer' : 'it ended');
    },
    ending: [['SIGTERM', 5_000]],
  };
}

/** True when a sink answers on this loopback port. */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 });
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('data', (greeting) => {
      if (greeting.toString().startsWith(`220 ${SINK_NAME} `)) socket.end('QUIT\r\n');
      answer(greeting.toString().startsWith(`220 ${SINK_NAME} `));
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('timeout', () => {
      answer(false);
    });
  });
}
