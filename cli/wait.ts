import type { Command } from 'commander';
import type { Waited } from '../client/runs';
import { EXITS, type ExitCode } from '../domain/exits';
import type { RunState } from '../domain/runs/run';
import type { RunDocument } from '../domain/runs/runDocument';
import { Options, type Answer, type Call } from './command';
import { wordedRun, type WordedRun } from './documents';
import { usage } from './failure';
import { progressBar, type ProgressBar } from './progress';
import { exitOf, runText } from './text/run';

/** Adds --wait, --detach and --timeout to a command that starts or decides a run. */
export function waitOptions(command: Command): Command {
  const until =
    'it is finished (default); if an earlier run on hold blocks it, a script stops with exit code 4';
  return optionsOfWaiting(command, { what: 'run', until });
}

/** The options of waiting for `what`, which goes on by itself. */
export function optionsOfWaiting(
  command: Command,
  { what, until }: { readonly what: 'run' | 'campaign'; readonly until: string },
): Command {
  return command
    .option('--wait', `wait until ${until}`)
    .option('--detach', 'start it and return at once')
    .option(
      '--timeout <seconds>',
      `stop waiting after this many seconds (exit code 1); the ${what} continues`,
    )
    .hook('preAction', (_, chosen) => {
      // Before anything is stored or decided.
      waiting({ options: new Options(chosen.opts<Record<string, unknown>>()) });
    });
}

/** The values of the waiting options; wrong usage where they contradict each other. */
export function waiting(call: Pick<Call, 'options'>): {
  readonly detach: boolean;
  readonly timeoutMs?: number;
} {
  const detach = call.options.flag('detach');
  const seconds = call.options.number('timeout', 1);
  if (detach && call.options.flag('wait')) throw usage('Give --wait or --detach, not both.');
  if (detach && seconds !== undefined)
    throw usage('Give --timeout or --detach, not both: --detach does not wait.');
  return seconds === undefined ? { detach } : { detach, timeoutMs: seconds * 1000 };
}

/** A run whose size has to be confirmed before it is applied: undo, and bulk changes. */
export interface Confirmed {
  /** Starts the run; `expect` null: no number was confirmed. */
  readonly start: (o: {
    readonly dryRun: boolean;
    readonly expect: number | null;
  }) => Promise<{ readonly runId: string }>;
  /** The question about the plan's count. */
  readonly question: (people: number) => string;
}

/** Adds --dry-run and --expect (with --yes and a prompt: the ways to confirm a count). */
export function confirmOptions(command: Command): Command {
  return command
    .option('--dry-run', 'make the plan and show it; nothing is changed')
    .option(
      '--expect <n>',
      'how many people it should change; with any other number it is put on hold',
    );
}

/**
 * The values of the confirming options; wrong usage where nothing confirms and nobody can be asked.
 * `next`: the command that confirms or shows the number, where it is known.
 */
export function confirmation(
  call: Call,
  next?: string,
): {
  readonly expect: number | undefined;
  readonly dryRun: boolean;
} {
  const expect = call.options.number('expect');
  const dryRun = call.options.flag('dryRun');
  if (!dryRun && expect === undefined && !call.options.flag('yes') && !call.canAsk) {
    throw usage(
      'This needs your confirmation. Run it with --dry-run to see how many people it changes, ' +
        'then again with --expect NUMBER.',
      next,
    );
  }
  return { expect, dryRun };
}

/**
 * Runs a command that needs a confirmed count. With --expect it starts at once; otherwise the plan
 * is made first, its count is shown, and that same plan is applied after --yes or a yes at the
 * prompt. Without --expect, --yes or a prompt it is wrong usage.
 */
export async function followConfirmed(call: Call, o: Confirmed): Promise<Answer> {
  const { expect, dryRun } = confirmation(call);
  if (dryRun || expect !== undefined) {
    const { runId } = await o.start({ dryRun, expect: expect ?? null });
    return followRun(call, runId, { unconfirmed: expect === undefined });
  }
  const { runId } = await o.start({ dryRun: true, expect: null });
  const planned = await follow(call, runId, {});
  if (planned.end !== 'settled' || planned.document.state !== 'planned') {
    return answerOf(call, planned, {});
  }
  return confirmAndApply(call, planned.document, o.question);
}

/** Asks for the count of a planned run and applies it. */
export async function confirmAndApply(
  call: Call,
  planned: RunDocument,
  question: Confirmed['question'],
): Promise<Answer> {
  const plan = wordedRun(planned);
  const people = plan.held.find(({ gate }) => gate === 'expect')?.count ?? 0;
  // Under --yes nobody has to see the plan first, and its result is shown at the end.
  if (!call.options.flag('yes')) call.note(runText({ ...plan, next: null }).trimEnd());
  if (!(await call.confirm(question(people), '--expect N or --yes'))) {
    return { document: plan, text: 'Nothing was changed.\n', exit: exitOf(plan, []) };
  }
  const { runs } = await call.rollcall();
  await runs.apply({ run: plan.runId, expect: people });
  return followRun(call, plan.runId, { named: true });
}

export interface FollowOptions {
  /** End states that the command wanted: exit 0. `done` and `planned` always are. */
  readonly wanted?: readonly RunState[];
  /** True when it was just rejected or cancelled: `held` is about to end. */
  readonly leavesHeld?: boolean;
  /** True for a dry run without a confirmed count: the gate `expect` alone is no hold. */
  readonly unconfirmed?: boolean;
  /** True when its id was already printed. */
  readonly named?: boolean;
  /** Rewrites its document in the words of this command line. */
  readonly reword?: (document: WordedRun) => WordedRun;
}

/**
 * Follows a run until it ends or is held and answers with its document; detaches on --detach
 * (`{runId, state}`), --timeout (exit 1) and Ctrl-C (exit 130), and prints how to come back.
 */
export async function followRun(call: Call, runId: string, o: FollowOptions = {}): Promise<Answer> {
  const { runs } = await call.rollcall();
  if (waiting(call).detach) return detached(await runs.get(runId));
  return answerOf(call, await follow(call, runId, o), o);
}

async function follow(call: Call, runId: string, o: FollowOptions): Promise<Waited> {
  const { runs } = await call.rollcall();
  return listening(call, o.named === true ? null : `run ${runId}`, (limits, show) =>
    runs.wait(runId, {
      ...limits,
      ...(o.leavesHeld === undefined ? {} : { leavesHeld: o.leavesHeld }),
      // Waits for a decision only when a person can interrupt it, or when a time limit is set.
      endsBlocked: !call.canAsk && limits.timeoutMs === undefined,
      onProgress: show,
    }),
  );
}

/** What ends a wait before its time, and who gets its notes. */
interface WaitLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly onNote: (line: string) => void;
}

/** Waits with a progress bar. Once `named` is printed, Ctrl-C detaches; `null`: it was printed before. */
export async function listening<T>(
  call: Call,
  named: string | null,
  wait: (limits: WaitLimits, show: ProgressBar['show']) => Promise<T>,
): Promise<T> {
  const { timeoutMs } = waiting(call);
  const bar = progressBar(call);
  call.interrupt.waiting += 1;
  if (named !== null) call.note(named);
  const limits = {
    signal: call.interrupt.signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onNote: (line: string): void => {
      call.note(line);
    },
  };
  try {
    return await wait(limits, bar.show);
  } finally {
    bar.stop();
    call.interrupt.waiting -= 1;
  }
}

/** Says how to come back to what goes on by itself. Returns the exit code. */
export function stoppedWaiting(
  call: Call,
  o: {
    readonly what: 'run' | 'campaign';
    readonly id: string;
    readonly end: 'timeout' | 'interrupted';
  },
): ExitCode {
  const { what, id, end } = o;
  call.note(`Stopped waiting; the ${what} continues. Follow it with: rollcall ${what}s show ${id}`);
  return EXITS[end === 'interrupted' ? 'interrupted' : 'failed'].code;
}

function answerOf(call: Call, { end, document: found }: Waited, o: FollowOptions): Answer {
  const run = wordedRun(found);
  const document = o.reword?.(run) ?? run;
  const text = runText(document);
  if (end === 'blocked') {
    call.note(`This run continues by itself after that. See: rollcall runs show ${document.runId}`);
    return { document, text, exit: EXITS.held.code };
  }
  if (end !== 'settled') {
    return { document, text, exit: stoppedWaiting(call, { what: 'run', id: document.runId, end }) };
  }
  const held = document.held.filter(({ gate }) => o.unconfirmed !== true || gate !== 'expect');
  return { document, text, exit: exitOf({ ...document, held }, o.wanted ?? []) };
}

function detached({ runId, state }: RunDocument): Answer {
  return {
    document: { runId, state },
    text: `run ${runId} ${state}\nnext: rollcall runs show ${runId}\n`,
  };
}
