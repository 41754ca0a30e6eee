import { Fault } from '../domain/faults';
import type { Next } from '../domain/next';
import { supervise, type RunningStack } from './supervise';

/** What the supervisor process sends to the command that started it, over IPC. */
export type SupervisorMessage =
  | { readonly type: 'phase'; readonly text: string }
  | { readonly type: 'ready' }
  | {
      readonly type: 'failed';
      readonly kind: string;
      readonly code: string;
      readonly message: string;
      readonly next: Next | undefined;
    };

/** `node dist/embedded/supervisor.js DATA`: a stack in the background, until SIGTERM. */
async function main(data: string): Promise<void> {
  const abort = new AbortController();
  const state: { stack: RunningStack | undefined } = { stack: undefined };
  const onSignal = (): void => {
    abort.abort();
    void state.stack?.stop().then(() => process.exit(0));
  };
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, onSignal);
  try {
    state.stack = await supervise({
      data,
      abort: abort.signal,
      phase: (text) => {
        tell({ type: 'phase', text });
      },
    });
    tell({ type: 'ready' });
    void state.stack.lost.then(() => process.exit(1));
  } catch (error) {
    await tellLast(failed(error));
    process.exit(1);
  }
}

function tell(message: SupervisorMessage): void {
  // The command may be gone (Ctrl-C, closed terminal): the stack goes on without it.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function tellLast(message: SupervisorMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) resolve();
    else
      process.send(message, undefined, undefined, () => {
        resolve();
      });
  });
}

function failed(error: unknown): SupervisorMessage {
  if (error instanceof Fault) {
    const { kind, code, message, next } = error;
    return { type: 'failed', kind, code, message, next };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type: 'failed', kind: 'bug', code: 'bug', message, next: undefined };
}

if (require.main === module) void main(process.argv[2] ?? '.rollcall');
