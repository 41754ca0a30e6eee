import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { WORKER_ENV, WORKER_NODE_ARGS } from '../../../config/workerProcess';
import { EXITS } from '../../../domain/exits';
import { Fault } from '../../../domain/faults';
import { WORKER_QUEUES } from '../../../domain/workerQueues';
import { action, examples, type Answer, type Call } from '../../command';
import type { Io } from '../../output';

/** `rollcall worker` */
export function registerWorkerCommands(program: Command, io: Io): void {
  examples(
    program
      .command('worker')
      .description('run only the worker, in the foreground')
      .option(
        '--queues <names>',
        `what it takes up: ${WORKER_QUEUES.join(',')} or some of them (default: ROLLCALL_WORKER_QUEUES, else all)`,
      )
      .action(action(io, run)),
    'ROLLCALL_DATABASE_URL=postgres://… ROLLCALL_TEMPORAL_ADDRESS=temporal:7233 rollcall worker',
    'rollcall worker --queues deliveries',
  );
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The option goes before the setting. @throws Fault usage for a queue that does not exist */
function queuesOf(call: Call): Readonly<Record<string, string>> {
  const queues = call.options.text('queues');
  if (queues === undefined) return {};
  const unknown = queues.split(',').find((name) => !isQueue(name.trim()));
  if (unknown === undefined) return { ROLLCALL_WORKER_QUEUES: queues };
  throw new Fault('usage', {
    code: 'bad_value',
    message: `There is no queue "${unknown}".`,
    next: `rollcall worker --queues ${WORKER_QUEUES.join(',')}`,
  });
}

function isQueue(name: string): boolean {
  return WORKER_QUEUES.some((queue) => queue === name);
}

/**
 * A process of its own: the client and the worker share no memory, and its exit code becomes ours.
 */
async function run(call: Call): Promise<Answer> {
  const program = join(__dirname, '..', '..', '..', 'worker', 'main.js');
  if (!existsSync(program)) {
    throw new Fault('missing_tool', {
      code: 'worker_missing',
      message: 'The worker is not built.',
      next: 'npm run build',
    });
  }
  await call.config();
  const child = spawn(process.execPath, [...WORKER_NODE_ARGS, program], {
    stdio: 'inherit',
    // eslint-disable-next-line no-restricted-properties -- passed on completely, not read
    env: { ...WORKER_ENV, ...process.env, ...queuesOf(call) },
  });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  call.interrupt.waiting += 1;
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal);
    process.on(signal, forward);
  }
  const exit = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? EXITS.failed.code);
    });
  });
  return { stream: [], exit };
}
