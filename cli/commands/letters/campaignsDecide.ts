import type { Command } from 'commander';
import type { CampaignDecided, ChooseUnknown } from '../../../client';
import { EXITS } from '../../../domain/exits';
import { RESOLUTIONS, RESTORED } from '../../../domain/letters/campaigns';
import { counted, people } from '../../../wording/messages/words';
import { action, examples, offering, requireOneOf, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { campaignAnswer, campaignWaitOptions, followCampaign } from '../../waitCampaign';
import { defined } from '../../defined';

const AGAIN = 'also to people who got the same by another campaign within 24 hours';

/** `rollcall campaigns approve|reject|pause|resume|cancel|retry|resolve`: the decisions of a person. */
export function registerCampaignDecisions(campaigns: Command, io: Io): void {
  examples(
    campaignWaitOptions(
      reasoned(campaigns.command('approve <campaign>'))
        .description('send a campaign that is on hold, at once or at its time')
        .action(action(io, (call) => goOn(call, 'approve'))),
    ),
    'rollcall campaigns approve 0192f0c1 --reason "checked with the works council"',
  );
  examples(
    reasoned(campaigns.command('reject <campaign>'))
      .description('end a campaign that is on hold: nobody gets it')
      .action(action(io, (call) => end(call, 'reject'))),
    'rollcall campaigns reject 0192f0c1 --reason "the wrong letter"',
  );
  examples(
    reasoned(campaigns.command('pause <campaign>'))
      .description(
        'stop sending: within a second no letter is begun any more; those that are begun are sent',
      )
      .action(action(io, (call) => end(call, 'pause'))),
    'rollcall campaigns pause 0192f0c1',
  );
  examples(
    campaignWaitOptions(
      reasoned(campaigns.command('resume <campaign>'))
        .description('let a paused campaign go on')
        .action(action(io, (call) => goOn(call, 'resume'))),
    ),
    'rollcall campaigns resume 0192f0c1',
  );
  examples(
    reasoned(campaigns.command('cancel <campaign>'))
      .description('end a campaign: what is not sent yet is not sent')
      .action(action(io, (call) => end(call, 'cancel'))),
    'rollcall campaigns cancel 0192f0c1',
  );
  examples(
    campaignWaitOptions(
      reasoned(campaigns.command('retry <campaign>'))
        .description(
          'send to the recipients who failed once more; not to those who may have got it',
        )
        .option('--again', AGAIN)
        .action(action(io, (call) => goOn(call, 'retry'))),
    ),
    'rollcall campaigns retry 0192f0c1',
  );
  registerResolve(campaigns, io);
}

function registerResolve(campaigns: Command, io: Io): void {
  examples(
    requireOneOf(
      campaignWaitOptions(
        offering(reasoned(campaigns.command('resolve <campaign>')), { as: RESOLUTIONS })
          .description(
            'say what became of deliveries that are unknown: nothing else ever sends them again',
          )
          .option('--user <user>', 'the delivery to this user, by id, code, login or e-mail')
          .option('--all', 'every delivery of the campaign that is unknown')
          .option(
            '--accepted-ids <file>',
            'those whose Message-ID is in this file, such as the log of the mail server: they are accepted',
          )
          .option('--as <outcome>', 'accepted (they arrived) or resend (send them again)')
          .option('--again', `with --as resend: ${AGAIN}`)
          .option('--expect <n>', 'with --all or --accepted-ids: how many deliveries that are')
          .addHelpText(
            'after',
            `
A delivery is unknown when the letter may have gone out and the answer of the mail server was lost.
Look for its Message-ID in the log of the mail server: what is there was accepted. A delivery can be
resolved ten minutes after it was begun.`,
          )
          .action(action(io, resolve)),
      ),
      {
        names: ['user', 'all', 'acceptedIds'],
        text: 'one of --user <user>, --all, --accepted-ids <file>',
      },
    ),
    'rollcall campaigns resolve 0192f0c1 --accepted-ids mail.log --expect 29',
    'rollcall campaigns resolve 0192f0c1 --all --as resend --expect 3',
    'rollcall campaigns resolve 0192f0c1 --user anna@example.org --as accepted',
  );
}

function reasoned(command: Command): Command {
  return command.option('--reason <text>', 'your reason, recorded with the decision');
}

function given(call: Call): { campaign: string; reason?: string } {
  return { campaign: call.args[0] ?? '', ...call.options.texts('reason') };
}

/** After a decision that lets a campaign go on. */
async function goOn(call: Call, verb: 'approve' | 'resume' | 'retry'): Promise<Answer> {
  const { campaigns } = await call.rollcall();
  const input = given(call);
  const unsure = verb === 'retry' ? null : await sentSinceBackup(call, input.campaign);
  if (unsure !== null) return unsure;
  const again = call.options.flag('again');
  return followDecided(
    call,
    verb === 'retry' ? await campaigns.retry({ ...input, again }) : await campaigns[verb](input),
  );
}

/**
 * Asks before a campaign of a restored database goes on: what is to be sent may have been sent after the backup
 * was made. The answer of the command where the person says no; null: go on.
 */
async function sentSinceBackup(call: Call, campaign: string): Promise<Answer | null> {
  const { campaigns } = await call.rollcall();
  const document = await campaigns.get(campaign);
  const { planned } = document.counts;
  if (document.trouble?.code !== RESTORED || planned === 0) return null;
  const question =
    `The database was restored from a backup: ${letters(planned)} of this campaign may have been sent since, ` +
    `and would be sent again. Send ${planned === 1 ? 'it' : 'them'}?`;
  if (await call.confirm(question, '--yes')) return null;
  return { ...campaignAnswer(document), text: 'Nothing was changed.\n' };
}

/** After a decision that ends or stops a campaign: the state is what was wanted. */
async function end(call: Call, verb: 'reject' | 'pause' | 'cancel'): Promise<Answer> {
  const { campaigns } = await call.rollcall();
  const { campaignId, woken } = await campaigns[verb](given(call));
  noteAsleep(call, woken);
  const document = await campaigns.get(campaignId);
  const { claimed } = document.counts;
  if (claimed > 0) {
    call.note(
      `A worker still has ${letters(claimed)}. What it has begun, or begins within a second, is sent; it gives the others back.`,
    );
  }
  return { ...campaignAnswer(document), exit: EXITS.done.code };
}

/** Follows a campaign that goes on now; one that does not is shown as it stands. */
async function followDecided(call: Call, decided: CampaignDecided): Promise<Answer> {
  const { campaignId, state, woken, leftOut } = decided;
  noteAsleep(call, woken);
  if (leftOut > 0) {
    call.note(
      `${people(leftOut)} left out: they got the same by another campaign within 24 hours, or will get it.`,
    );
  }
  if (state === 'running') return followCampaign(call, campaignId);
  const { campaigns } = await call.rollcall();
  const answer = campaignAnswer(await campaigns.get(campaignId));
  return state === 'done' ? answer : { ...answer, exit: EXITS.done.code };
}

function noteAsleep(call: Call, woken: boolean): void {
  if (!woken)
    call.note('Temporal does not answer. The decision holds; a worker carries on once it does.');
}

async function resolve(call: Call): Promise<Answer> {
  const { options } = call;
  const chosen = { ...given(call), ...chosenUnknown(call) };
  const as =
    options.choice('as', RESOLUTIONS) ??
    (chosen.acceptedIds === undefined ? undefined : 'accepted');
  if (as === undefined) throw usage('Say what became of them: --as accepted or --as resend.');
  const { campaigns } = await call.rollcall();
  const expect = options.number('expect') ?? (await confirmed(call, { ...chosen, as }));
  if (expect === null) {
    const document = await campaigns.get(chosen.campaign);
    return { ...campaignAnswer(document), text: 'Nothing was changed.\n', exit: EXITS.done.code };
  }
  const again = options.flag('again');
  const decided = await campaigns.resolve({ ...chosen, as, again, ...defined({ expect }) });
  const { deliveries } = decided;
  call.note(
    `${letters(deliveries)} resolved as ${as === 'accepted' ? 'accepted' : 'to be sent again'}.`,
  );
  return followDecided(call, decided);
}

function chosenUnknown({ options }: Call): Omit<ChooseUnknown, 'campaign'> {
  const [user, acceptedIds] = [options.text('user'), options.text('acceptedIds')];
  const all = options.flag('all');
  const names = [user, acceptedIds, all ? true : undefined].filter((one) => one !== undefined);
  if (names.length !== 1) {
    throw usage('Give --user USER, --all or --accepted-ids FILE: one of them.');
  }
  return { ...defined({ user, acceptedIds }), ...(all ? { all } : {}) };
}

/** The number of deliveries that the actor agrees to; undefined: one person's; null: not agreed. */
async function confirmed(
  call: Call,
  { as, ...chosen }: ChooseUnknown & { readonly as: (typeof RESOLUTIONS)[number] },
): Promise<number | null | undefined> {
  if (chosen.user !== undefined) return undefined;
  const { campaigns } = await call.rollcall();
  const { campaignId, deliveries } = await campaigns.countUnresolved(chosen);
  const what =
    as === 'accepted'
      ? `Take ${letters(deliveries)} of campaign ${campaignId} as arrived?`
      : `Send ${letters(deliveries)} of campaign ${campaignId} again? Who got it already gets it twice.`;
  return (await call.confirm(what, '--expect N or --yes')) ? deliveries : null;
}

function letters(n: number): string {
  return counted(n, 'letter', 'letters');
}
