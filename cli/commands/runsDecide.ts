import type { Command } from 'commander';
import { Fault } from '../../domain/faults';
import { choiceOf, parseActions } from '../../domain/runs/given';
import type { ResolvedBy } from '../../domain/runs/resolvedBy';
import type { Resolvable } from '../../operations/runs/resolveAll';
import type { RunState } from '../../domain/runs/run';
import { action, examples, requireOneOf, type Answer, type Call } from '../command';
import { wordNext } from '../../wording/next';
import { wordedRun } from '../documents';
import { usage } from '../failure';
import { count, type Io } from '../output';
import {
  confirmAndApply,
  confirmation,
  confirmOptions,
  followConfirmed,
  followRun,
  waiting,
  waitOptions,
} from '../wait';

/** `rollcall runs apply|approve|reject|resolve|undo|cancel|resume`: the decisions of a person. */
export function registerDecisionCommands(runs: Command, io: Io): void {
  examples(
    waitOptions(
      runs
        .command('apply <id>')
        .description('carry out the very plan that a dry run showed')
        .option('--expect <n>', 'how many people an undo or bulk change should change')
        .option('--reason <text>', 'your reason, recorded with the decision')
        .action(action(io, apply)),
    ),
    'rollcall runs apply 0192f0c1',
  );
  examples(
    waitOptions(
      runs
        .command('approve <id>')
        .description('apply a run that is on hold, completely or in part')
        .option('--only <actions>', 'only these actions: create, update, deactivate, reactivate')
        .option(
          '--entries <file>',
          'only the entries of a file from `runs diff --csv`; changes that are not in it are rejected',
        )
        .option('--keep-held', 'keep the rest on hold instead of rejecting it')
        .option('--reason <text>', 'your reason, recorded with the decision')
        .action(action(io, approve)),
    ),
    'rollcall runs approve 0192f0c1 --reason "the site in Bergen closed"',
    'rollcall runs approve 0192f0c1 --only create,update --keep-held',
  );
  examples(
    waitOptions(
      runs
        .command('reject <id>')
        .description(
          'reject a run that is on hold or only planned; what it has not applied yet is dropped',
        )
        .option('--reason <text>', 'your reason, recorded with the decision')
        .action(action(io, (call) => decide(call, 'reject', ['rejected']))),
    ),
    'rollcall runs reject 0192f0c1 --reason "an old file"',
  );
  examples(
    requireOneOf(
      waitOptions(
        runs
          .command('resolve <id>')
          .description(
            'resolve a conflict: say which person the row belongs to; or link many people at once',
          )
          .option(
            '--entry <n>',
            'the number of the entry, as `runs diff --action conflict` shows it',
          )
          .option('--user <user>', 'with --entry: this user, by id, code, login or e-mail')
          .option('--create', 'with --entry: a new person')
          .option('--skip', 'with --entry: nobody; leave the row out')
          .option(
            '--renumbered',
            'link all people that the source seems to know under another number (gate renumbered)',
          )
          .option(
            '--all-by <key>',
            'link every conflict to the user with the same key: email (the last names must not differ)',
          )
          .option('--expect <n>', 'with --renumbered or --all-by: how many people are linked')
          .option('--reason <text>', 'your reason, recorded with the decision')
          .action(action(io, resolve)),
      ),
      {
        names: ['entry', 'renumbered', 'allBy'],
        text: 'one of --entry <n>, --renumbered, --all-by email',
      },
    ),
    'rollcall runs resolve 0192f0c1 --entry 17 --user anna@example.org',
    'rollcall runs resolve 0192f0c1 --renumbered --expect 214',
    'rollcall runs resolve 0192f0c1 --all-by email --expect 30',
  );
  registerEndings(runs, io);
}

/** `rollcall runs undo|cancel|resume` */
function registerEndings(runs: Command, io: Io): void {
  examples(
    waitOptions(
      confirmOptions(
        runs
          .command('undo <id>')
          .description('undo a run; what was changed afterwards is left alone')
          .action(action(io, undo)),
      ),
    ),
    'rollcall runs undo 0192f0c1 --dry-run',
    'rollcall runs undo 0192f0c1 --expect 214',
  );
  examples(
    waitOptions(
      runs
        .command('cancel <id>')
        .description('stop a run before its end; what it has applied can be undone')
        .option('--reason <text>', 'your reason, recorded with the decision')
        .action(action(io, (call) => decide(call, 'cancel', ['cancelled']))),
    ),
    'rollcall runs cancel 0192f0c1',
  );
  examples(
    waitOptions(
      runs
        .command('resume <id>')
        .description('continue a run that failed, or one whose workflow is gone')
        .option('--reason <text>', 'your reason, recorded with the decision')
        .action(action(io, (call) => decide(call, 'resume', []))),
    ),
    'rollcall runs resume 0192f0c1',
  );
}

/** The time limit for sending a decision: --timeout. */
function sending(call: Call): { timeoutMs?: number } {
  const { timeoutMs } = waiting(call);
  return timeoutMs === undefined ? {} : { timeoutMs };
}

function given(call: Call): { run: string; reason?: string } {
  const reason = call.options.text('reason');
  return { run: call.args[0] ?? '', ...(reason === undefined ? {} : { reason }) };
}

async function decide(
  call: Call,
  verb: 'reject' | 'cancel' | 'resume',
  wanted: readonly RunState[],
): Promise<Answer> {
  const { runs } = await call.rollcall();
  const { runId } = await runs[verb](given(call), sending(call));
  return followRun(call, runId, { wanted, leavesHeld: verb !== 'resume' });
}

async function apply(call: Call): Promise<Answer> {
  const { runs } = await call.rollcall();
  const expect = call.options.number('expect');
  const plan = await runs.get(given(call).run);
  const asks = plan.held.some(({ gate }) => gate === 'expect') && expect === undefined;
  if (plan.state === 'planned' && asks && (call.canAsk || call.options.flag('yes'))) {
    return confirmAndApply(call, plan, (people) => `Change ${counted(people)}?`);
  }
  const { runId } = await runs.apply({
    ...given(call),
    run: plan.runId,
    ...(expect === undefined ? {} : { expect }),
  });
  return followRun(call, runId);
}

async function approve(call: Call): Promise<Answer> {
  const { options } = call;
  const [only, file] = [options.text('only'), options.text('entries')];
  const { readEntries } = await import('../entries.js');
  const input = {
    ...given(call),
    ...(only === undefined ? {} : { only: parseActions(only) }),
    ...(file === undefined ? {} : { entries: await readEntries(file) }),
    keepHeld: options.flag('keepHeld'),
  };
  const { runs } = await call.rollcall();
  const { runId } = await runs.approve(input, sending(call));
  return followRun(call, runId);
}

async function undo(call: Call): Promise<Answer> {
  const run = call.args[0] ?? '';
  await requireConfirmation(call, run);
  return followConfirmed(call, {
    start: async (o) => (await call.rollcall()).runs.undo({ run, ...o }),
    question: (people) => `Undo what run ${run} changed for ${counted(people)}?`,
  });
}

/** Reports a missing run before it asks for a number that nobody could know. */
async function requireConfirmation(call: Call, run: string): Promise<void> {
  try {
    confirmation(call, `rollcall runs undo ${run} --dry-run`);
  } catch (unconfirmed) {
    const fault = await call
      .rollcall()
      .then(({ runs }) => runs.get(run))
      .then(
        () => unconfirmed,
        (error: unknown) => error,
      );
    const isAboutTheRun = fault instanceof Fault && ['not_found', 'usage'].includes(fault.kind);
    throw isAboutTheRun ? fault : unconfirmed;
  }
}

function counted(people: number): string {
  return `${count(people)} ${people === 1 ? 'person' : 'people'}`;
}

/** What many rows are resolved by; undefined: the command resolves a single entry. Wrong usage where both are given. */
function resolvedBy({ options }: Call): ResolvedBy | undefined {
  const allBy = options.choice('allBy', ['email']);
  const chosen = ['entry', 'user'].some((name) => options.text(name) !== undefined);
  const one = chosen || options.flag('create') || options.flag('skip');
  if (!options.flag('renumbered') && allBy === undefined) {
    if (options.text('entry') !== undefined) return undefined;
    throw usage(
      'Say which entry the row is: --entry N, as `runs diff --action conflict` shows it.',
    );
  }
  if (one || (options.flag('renumbered') && allBy !== undefined)) {
    throw usage('Give --entry with its person, or --renumbered, or --all-by email: one of them.');
  }
  return allBy ?? 'renumbered';
}

/** Links many people at once. Without --expect the number is asked for, or shown under --yes. */
async function resolveMany(call: Call, by: ResolvedBy): Promise<Answer> {
  const { runs } = await call.rollcall();
  const { run, ...decision } = given(call);
  const expect = call.options.number('expect') ?? (await confirmedCount(call, { run, by }));
  if (expect === null) {
    return { document: wordedRun(await runs.get(run)), text: 'Nothing was changed.\n' };
  }
  const done = await runs.resolveAll({ run, by, ...decision, expect }, sending(call));
  call.note(call.called(linkedText(by, done)));
  return followRun(call, done.followUp);
}

/** What was linked, and what stays to be looked at. */
function linkedText(
  by: ResolvedBy,
  { runId, people, left, followUp }: Resolvable & { readonly followUp: string },
): string {
  const linked = `${counted(people)} linked by run ${followUp}.`;
  if (left === 0) return linked;
  const one = left === 1;
  const rest =
    by === 'email'
      ? `${one ? '1 conflict stays' : `${count(left)} conflicts stay`}: rollcall runs diff ${runId} --action conflict`
      : `${one ? '1 pair is left' : `${count(left)} pairs are left`} to be looked at: rollcall runs diff ${runId} --gate renumbered`;
  return `${linked} ${rest}`;
}

/** The number of people that the actor agrees to; `null`: not agreed. */
async function confirmedCount(
  call: Call,
  o: { readonly run: string; readonly by: ResolvedBy },
): Promise<number | null> {
  const { runs } = await call.rollcall();
  const { people, left } = await runs.countResolvable(o);
  // Nothing to ask about: the command itself says so.
  if (people === 0) return 0;
  const rest = left === 0 ? '' : ` (${count(left)} more have to be looked at one by one)`;
  const question = `Link ${counted(people)} of run ${o.run} to the users that the source knows${rest}?`;
  return (await call.confirm(question, '--expect N or --yes')) ? people : null;
}

async function resolve(call: Call): Promise<Answer> {
  const by = resolvedBy(call);
  if (by !== undefined) return resolveMany(call, by);
  const { options } = call;
  const entry = options.number('entry') ?? 0;
  const user = options.text('user');
  const choice = choiceOf({ user, create: options.flag('create'), skip: options.flag('skip') });
  const { runs } = await call.rollcall();
  const outcome = await runs.resolve({ ...given(call), entry, choice });
  call.note(outcome.message);
  if (outcome.followUp === null) {
    const text = outcome.next === null ? '' : `next: ${wordNext(outcome.next)}\n`;
    return { document: wordedRun(await runs.get(outcome.runId)), text };
  }
  return followRun(call, outcome.followUp);
}
