import type { Command } from 'commander';
import { action, examples, type Answer, type Call } from '../../command';
import { wordedRun } from '../../documents';
import type { Io } from '../../output';
import { runText } from '../../text/run';
import { unmergeText } from '../../text/unmerge';
import { followRun, waiting, waitOptions } from '../../wait';

/** `rollcall users unmerge` */
export function registerUnmergeCommand(users: Command, io: Io): void {
  examples(
    waitOptions(
      users
        .command('unmerge <merge>')
        .description(
          'take a merge back: both people are as they were, and what was changed since stays; newer merges of the same people first',
        )
        .option('--reason <text>', 'your reason, recorded with the run')
        .option('--dry-run', 'show both people, and what comes back; nothing is changed')
        .action(action(io, unmerge)),
    ),
    'rollcall merges list --user anna@example.com',
    'rollcall users unmerge 0192f0c1 --dry-run',
    'rollcall users unmerge 0192f0c1',
  );
}

async function unmerge(call: Call): Promise<Answer> {
  const { options } = call;
  waiting(call);
  const input = { merge: call.args[0] ?? '', ...options.texts('reason') };
  const { users, merges, runs } = await call.rollcall();
  const dryRun = options.flag('dryRun');
  // A person at a terminal sees the plan first. A script named the one merge that it means.
  const asks = !dryRun && call.canAsk && !options.flag('yes') && !waiting(call).detach;
  const { runId } = await users.unmerge({ ...input, dryRun: dryRun || asks });
  const answer = await followRun(call, runId, { unconfirmed: dryRun || asks });
  if (!asks) return withPeople(call, runId, answer);
  const preview = await merges.previewUnmerge(runId);
  if (preview === null || preview.problem !== null) return withPeople(call, runId, answer);
  call.note(unmergeText(preview).trimEnd());
  if (!(await call.confirm('Take the merge back?', '--yes'))) {
    return {
      document: { ...wordedRun(await runs.get(runId)), unmerge: preview },
      text: 'Nothing was changed.\n',
    };
  }
  await runs.apply({ run: runId, expect: 1 });
  return withPeople(call, runId, await followRun(call, runId, { named: true }));
}

/** Adds to the answer what the run does to the two people. */
async function withPeople(call: Call, runId: string, answer: Answer): Promise<Answer> {
  if (waiting(call).detach || 'stream' in answer) return answer;
  const { merges, runs } = await call.rollcall();
  const unmerge = await merges.previewUnmerge(runId);
  if (unmerge === null) return answer;
  const run = wordedRun(await runs.get(runId));
  return {
    ...answer,
    document: { ...run, unmerge },
    text: (unmerge.problem === null ? unmergeText(unmerge) : '') + runText(run),
  };
}
