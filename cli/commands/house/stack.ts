import type { Command } from 'commander';
import { verbatim } from '../../../wording/called';
import { EXITS } from '../../../domain/exits';
import { quoted } from '../../../domain/shown';
import { jsonText } from '../../called';
import { action, examples, type Answer, type Call } from '../../command';
import { pairs, table, write, type Io } from '../../output';

/** `rollcall up`, `rollcall down`, `rollcall status` */
export function registerStackCommands(program: Command, io: Io): void {
  const data = [
    '--data <dir>',
    'its data folder (default: ROLLCALL_HOME, else .rollcall)',
  ] as const;
  examples(
    program
      .command('up')
      .description(
        'start the embedded Postgres and Temporal (with its web UI) and the worker. After --data DIR, give down and status the same --data; other commands find the stack with ROLLCALL_HOME=DIR',
      )
      .option('--detach', 'return when everything is ready; the stack runs on in the background')
      .option(...data)
      .action(
        action(io, (call) => (call.options.flag('detach') ? detached(call) : foreground(call))),
      ),
    'rollcall up',
    'rollcall up --detach --data /srv/rollcall',
  );
  examples(
    program
      .command('down')
      .description('stop what `up` started; the data is kept')
      .option(...data)
      .action(action(io, down)),
    'rollcall down',
    'rollcall down --data /srv/rollcall',
  );
  examples(
    program
      .command('status')
      .description(
        'what is running, and whether a worker takes up work (exit code 1 when none does); with --json also databaseUrl, which holds the password',
      )
      .option(...data)
      .action(action(io, status)),
    'rollcall status',
    'rollcall status --json',
  );
}

async function dataFolder(call: Call): Promise<string> {
  const { readSettings } = await import('../../../config/env.js');
  const given = call.options.text('data');
  return readSettings(given === undefined ? {} : { home: given }).home;
}

/** The option with which another call finds the same folder; empty for the folder of this shell. */
function elsewhere(call: Call, data: string): { readonly option: string; readonly line: string } {
  if (call.options.text('data') === undefined) return { option: '', line: '' };
  const dir = quoted(data);
  return {
    option: ` --data ${dir}`,
    line: `Other commands find it with ROLLCALL_HOME=${dir}.\n`,
  };
}

/** Starts everything under this process, until Ctrl-C or SIGTERM. */
async function foreground(call: Call): Promise<Answer> {
  const { supervise, taken } = await import('../../../embedded/supervise.js');
  const data = await dataFolder(call);
  const abort = new AbortController();
  const signals = stopSignals(() => {
    abort.abort();
  });
  const stack = await supervise({ data, phase: phases(call), abort: abort.signal });
  const { option, line } = elsewhere(call, data);
  const { document, text } = await describe(data, option);
  const shown = `${text}\nCtrl-C stops everything; the data stays in ${verbatim(data)}.\n${line}`;
  await write(call.io.stdout, call.json ? jsonText(document, call.io.program) : call.called(shown));
  signals.onEach(() => void stack.stop());
  const lost = stack.lost.then(() => true);
  if (await Promise.race([lost, signals.first.then(() => false)])) throw taken(data);
  call.note('stopping (again to hurry)');
  await stack.stop();
  call.note('stopped');
  return { stream: [] };
}

interface StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<void>;
  /** `act` runs at each further signal. */
  onEach(act: () => void): void;
}

/** Replaces the client's own handling, which would end this process at the second Ctrl-C. */
function stopSignals(onFirst: () => void): StopSignals {
  const state = { act: (): void => undefined, seen: false };
  const first = new Promise<void>((resolve) => {
    const onSignal = (): void => {
      if (state.seen) state.act();
      state.seen = true;
      onFirst();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, onSignal);
    }
  });
  return {
    first,
    onEach(act) {
      state.act = act;
    },
  };
}

async function detached(call: Call): Promise<Answer> {
  const { startStack } = await import('../../../embedded/stack.js');
  const data = await dataFolder(call);
  call.interrupt.waiting += 1;
  try {
    const { already } = await startStack({
      data,
      phase: phases(call),
      abort: call.interrupt.signal,
    });
    if (already) call.note(`A stack is already running in ${data}.`);
  } finally {
    call.interrupt.waiting -= 1;
  }
  const { option, line } = elsewhere(call, data);
  const { document, text } = await describe(data, option);
  const stays = `the data stays in ${verbatim(data)}`;
  return { document, text: `${text}\nrollcall down${option} stops it; ${stays}.\n${line}` };
}

function phases(call: Call): (text: string) => void {
  return (text) => {
    call.note(`${text} …`);
  };
}

async function down(call: Call): Promise<Answer> {
  const { stopStack } = await import('../../../embedded/stack.js');
  const data = await dataFolder(call);
  const stopped = await stopStack(data);
  const text = {
    stopped: 'Stopped; the data is kept.\n',
    swept: 'The supervisor was gone. What it left running is stopped; the data is kept.\n',
    nothing: nothingIn(data),
  }[stopped];
  return { document: { data, stopped: stopped !== 'nothing' }, text };
}

async function status(call: Call): Promise<Answer> {
  const data = await dataFolder(call);
  const { document, text, polls } = await describe(data, elsewhere(call, data).option);
  return { document, text, exit: EXITS[polls ? 'done' : 'failed'].code };
}

interface Described {
  readonly document: StatusDocument;
  readonly text: string;
  readonly polls: boolean;
}

/** The document of `status --json`. `pid` null: a configured server, not ours. */
interface StatusDocument {
  readonly services: readonly {
    readonly name: string;
    readonly pid: number | null;
    readonly address: string;
    readonly ready: boolean;
    readonly health?: string;
  }[];
  readonly ui: string | null;
  readonly temporalCli: string | null;
  readonly databaseUrl: string | null;
  /** Null while the database does not answer. */
  readonly installation: string | null;
  /** A problem although everything is up. */
  readonly message?: string;
  /** The next step: a command, or a sentence. */
  readonly next: string | null;
}

const OTHER_CODE =
  'The worker was started by another build of Rollcall, and runs that code until it is restarted.';

async function describe(data: string, option: string): Promise<Described> {
  const { stackStatus } = await import('../../../embedded/stack.js');
  const { configuredServers } = await import('../../../client/servers.js');
  const stack = await stackStatus(data);
  const servers = await configuredServers(data);
  const services = [...servers.services, ...stack.services];
  // Our own worker reports itself whether it polls; Temporal knows of others (a minute late).
  const worker = stack.services.find(({ name }) => name === 'worker');
  const polls = worker === undefined ? servers.pollers > 0 : worker.ready;
  const restart = `rollcall down${option} && rollcall up --detach${option}`;
  const next = !polls
    ? nextStep(stack.supervisor !== null, servers.services, {
        option,
        restart,
        recorded: stack.file !== undefined,
      })
    : stack.otherCode
      ? restart
      : null;
  const document: StatusDocument = {
    services,
    ui: servers.uiUrl ?? stack.file?.uiUrl ?? null,
    temporalCli: stack.file?.temporalCli ?? null,
    databaseUrl: servers.databaseUrl ?? stack.file?.databaseUrl ?? null,
    installation: servers.installation,
    ...(stack.otherCode ? { message: OTHER_CODE } : {}),
    next,
  };
  return { document, polls, text: statusText(data, document) };
}

function nextStep(
  supervised: boolean,
  configured: readonly { readonly name: string; readonly ready: boolean }[],
  o: { readonly option: string; readonly restart: string; readonly recorded: boolean },
): string {
  if (supervised && !o.recorded) return `stack.json is gone from the data folder: ${o.restart}`;
  if (supervised) {
    return 'The worker is being started again; its log is logs/worker.log in the data folder.';
  }
  const away = configured.find(({ ready }) => !ready);
  if (away !== undefined) {
    const setting = away.name === 'temporal' ? 'TEMPORAL_ADDRESS' : 'DATABASE_URL';
    return `Start the ${away.name} server, or check ROLLCALL_${setting}.`;
  }
  // Servers that are not configured are embedded, and `up` starts them and the worker.
  return configured.length === SERVERS ? 'rollcall worker' : `rollcall up --detach${o.option}`;
}

/** Postgres and Temporal. */
const SERVERS = 2;

function nothingIn(data: string): string {
  return `Nothing is running in ${verbatim(data)}. For another folder give --data DIR or ROLLCALL_HOME.\n`;
}

const SINK = 'go to the local sink, not to people';

function statusText(data: string, document: StatusDocument): string {
  const { services, ui, installation, message, next } = document;
  if (services.length === 0) return `${nothingIn(data)}next: ${next ?? 'rollcall up --detach'}\n`;
  const rows = services.map(({ name, address, pid, ready }) => [
    name,
    ready ? 'ready' : 'not ready',
    address,
    pid === null ? 'configured' : String(pid),
  ]);
  const more = [
    ...(ui === null ? [] : [['web UI', ui] as const]),
    ...(services.some(({ name }) => name === 'mail') ? [['letters', SINK] as const] : []),
    ...(installation === null ? [] : [['installation', installation] as const]),
    ...(message === undefined ? [] : [['note', message] as const]),
    ...(next === null ? [] : [['next', next] as const]),
  ];
  return table(['service', 'state', 'address', 'pid'], rows) + pairs(more);
}
