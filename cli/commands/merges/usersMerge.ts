import type { Command } from 'commander';
import type { ShownMerge } from '../../../domain/merges/preview';
import type { NextOf } from '../../../domain/next';
import type { MergeInput } from '../../../operations/merges/merge';
import { wordNext } from '../../../wording/next';
import { action, examples, repeatable, type Answer, type Call } from '../../command';
import { wordedRun } from '../../documents';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { mergedText, previewText } from '../../text/merge';
import { runText } from '../../text/run';
import { followRun, waiting, waitOptions } from '../../wait';

/** `rollcall users merge` */
export function registerMergeCommand(users: Command, io: Io): void {
  examples(
    waitOptions(
      users
        .command('merge <survivor> <redundant>')
        .description(
          'merge two accounts of one person: the redundant one is closed, and what it has goes to the survivor; it can be unmerged for 180 days',
        )
        .option(
          '--take <field=side>',
          "whose value counts where the survivor's should not: email=redundant, status=survivor, course:CODE=redundant (repeatable)",
          repeatable,
        )
        .option('--reason <text>', 'your reason, recorded with the merge')
        .option('--dry-run', 'show both people, and what the merge would do; nothing is changed')
        .option(
          '--as-shown <hash>',
          'merge as the dry run with this `shown` showed it; refused after any change',
        )
        .option('--expect <n>', '1: merge without a look at it first')
        .action(action(io, merge)),
    ),
    'rollcall users merge anna@example.com E-1042 --dry-run',
    'rollcall users merge anna@example.com E-1042 --as-shown 9d1f0c2ab7e4f310',
    'rollcall users merge anna@example.com E-1042 --take status=survivor --take course:SAFETY-101=redundant',
  );
}

async function merge(call: Call): Promise<Answer> {
  const { options } = call;
  waiting(call);
  const input = inputOf(call);
  const dryRun = options.flag('dryRun');
  const expect = options.number('expect') ?? (options.flag('yes') ? 1 : undefined);
  const { users } = await call.rollcall();
  if (dryRun) {
    const { runId } = await users.merge({ ...input, dryRun });
    return withMerge(call, runId, await followRun(call, runId, { unconfirmed: true }));
  }
  if (expect !== undefined || input.asShown !== undefined) {
    const { runId } = await users.merge({ ...input, ...(expect === undefined ? {} : { expect }) });
    return withMerge(call, runId, await followRun(call, runId));
  }
  if (call.canAsk) return ask(call, input);
  await users.checkMerge(input);
  throw usage(
    'This needs your confirmation. Look at it with --dry-run, then merge it with --as-shown HASH; ' +
      'or give --yes.',
    wordNext(dryRunOf(input)),
  );
}

function inputOf(call: Call): MergeInput {
  const [survivor = '', redundant = ''] = call.args;
  return {
    survivor,
    redundant,
    take: call.options.list('take'),
    ...call.options.texts('reason', 'asShown'),
  };
}

function dryRunOf({ survivor, redundant, take = [] }: MergeInput): NextOf<'mergeUsers'> {
  return { do: 'mergeUsers', survivor, redundant, take };
}

/** Shows the plan, asks, and applies that very plan. */
async function ask(call: Call, input: MergeInput): Promise<Answer> {
  const { users, merges, runs } = await call.rollcall();
  const { runId } = await users.merge({ ...input, dryRun: true });
  const planned = await followRun(call, runId, { unconfirmed: true });
  const preview = await merges.preview(runId);
  if (preview === null) return planned;
  call.note(previewText(preview).trimEnd());
  if (!(await call.confirm('Merge the two?', '--as-shown HASH or --yes'))) {
    return {
      document: documentOf(wordedRun(await runs.get(runId)), preview),
      text: 'Nothing was changed.\n',
    };
  }
  await runs.apply({ run: runId, expect: 1 });
  return withMerge(call, runId, await followRun(call, runId, { named: true }));
}

/** Adds the preview to the answer of a run that is not applied, and the command that merges as shown. */
async function withMerge(call: Call, runId: string, answer: Answer): Promise<Answer> {
  if (waiting(call).detach || 'stream' in answer) return answer;
  const { merges, runs } = await call.rollcall();
  const preview = await merges.preview(runId);
  if (preview === null) return withPeople(call, runId, answer);
  const input = inputOf(call);
  const run = wordedRun(await runs.get(runId));
  const next = preview.outdated
    ? dryRunOf(input)
    : ({
        ...dryRunOf(input),
        do: 'mergeAsShown',
        take: preview.take,
        shown: preview.shown,
      } as const);
  const document = run.state === 'planned' ? { ...run, next: wordNext(next) } : run;
  return {
    ...answer,
    document: documentOf(document, preview),
    // The preview says what would be changed.
    text:
      previewText(preview) +
      runText({ ...document, held: document.state === 'planned' ? [] : document.held }),
  };
}

/** Adds to the answer of a run that merged the two which of them stayed, because nobody looked before. */
async function withPeople(call: Call, runId: string, answer: Answer): Promise<Answer> {
  const { merges, runs } = await call.rollcall();
  const run = wordedRun(await runs.get(runId));
  if (run.state !== 'done' || run.counts.updated === 0 || run.mergeId === undefined) return answer;
  const { survivor, absorbed, unmergeUntil } = await merges.get(run.mergeId);
  return {
    ...answer,
    document: { ...run, survivor, absorbed, unmergeUntil },
    text: mergedText({ survivor, absorbed }) + runText(run),
  };
}

function documentOf(run: object, { merge, shown, mergeId }: ShownMerge): object {
  return { ...run, mergeId, merge, shown };
}
