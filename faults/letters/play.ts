import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { campaignWorkflowId } from '../../domain/installation';
import { chanceOf } from '../chance';
import { kill, type Rig } from '../rig';
import { judge, type Recipient, type Verdict } from './judge';
import type { MailServer } from './mailServer';

/** What is killed amid a campaign, one after the other. */
export const STRIKES = ['worker', 'postgres', 'worker', 'temporal', 'worker', 'all'] as const;
export type Strike = (typeof STRIKES)[number];

/** A claim holds at most this many letters of a worker. */
export const WINDOW = 32;
/** The rest of a campaign after its last strike, on a busy machine. */
const END_MS = 600_000;

/** One campaign that was struck, and what it came to. */
export interface Played {
  readonly world: number;
  readonly strikes: readonly Strike[];
  readonly verdict: Verdict;
  readonly wrong: readonly string[];
  readonly seconds: number;
}

export interface PlayInput {
  readonly rig: Rig;
  readonly mail: MailServer;
  readonly seed: string;
  readonly world: number;
  readonly recipients: number;
  readonly strikes: number;
  /** Puts what a killed worker had claimed back to be sent, as a build that claims after sending leaves it. */
  readonly control: boolean;
}

/** Sends a campaign to everybody, kills at random shares of it, and judges what came of it. */
export async function play(o: PlayInput): Promise<Played> {
  const { rig, mail, world } = o;
  const startedAt = Date.now();
  await rig.ready();
  const name = `campaign-${String(world)}`;
  // An address that one campaign finds unknown is a good one in the next.
  await rig.sql('delete from suppression');
  await mail.journal(rig.path(name), { seed: `${o.seed}/${String(world)}`, faulty: true });
  const id = await send(rig, name);
  // Each campaign begins with another one.
  const strikes = Array.from(
    { length: o.strikes },
    (_, i): Strike => STRIKES[(world * (o.strikes + 1) + i) % STRIKES.length] ?? 'worker',
  );
  const shares = strikes
    .map((_, i) => 0.02 + 0.9 * chanceOf(o.seed, world, 'strike', i))
    .sort((a, b) => a - b);
  for (const [i, share] of shares.entries()) {
    await sentUpTo(o, { id, count: Math.floor(share * o.recipients) });
    await strike(o, { id, what: strikes[i] ?? 'worker' });
  }
  const killed = strikes.filter((what) => what === 'worker' || what === 'all').length;
  const { verdict, wrong } = await endOf(o, { id, claimed: WINDOW * killed });
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  return { world, strikes, verdict, wrong, seconds };
}

/** A stack that sends to so many people by the mail server that misbehaves. */
export type Sending = Pick<PlayInput, 'rig' | 'mail' | 'recipients'>;

/**
 * Waits for the end of a campaign, and holds it against what the mail server did. `claimed`: how many letters
 * may be unknown because their worker was killed or stopped.
 */
export async function endOf(
  o: Sending,
  { id, claimed }: { readonly id: string; readonly claimed: number },
): Promise<{ readonly verdict: Verdict; readonly wrong: string[] }> {
  const state = await ended(o, id);
  const verdict = judge(await recipientsOf(o.rig, id), o.mail.lines());
  const allowed = claimed + verdict.unknowable;
  const wrong = wrongOf(verdict, { allowed, recipients: o.recipients });
  return { verdict, wrong: state === 'done' ? wrong : [`the campaign is ${state}`, ...wrong] };
}

/** Starts a one-off letter to everybody; returns the campaign's id. */
export async function send(
  rig: Rig,
  subject: string,
  more: readonly string[] = [],
): Promise<string> {
  const text = rig.write(
    'letter.txt',
    'Dear {{ user.firstName }},\n\nwelcome to {{ platform.name }}.\n',
  );
  const { exit, stdout, stderr } = await rig.run(
    ...['letters', 'send', '--custom', '--subject', subject, '--text', `@${text}`],
    ...['--filter', 'code sw "P"', '--yes', '--detach', '--json'],
    ...more,
  );
  const document: unknown = exit === 0 ? JSON.parse(stdout) : {};
  if (typeof document === 'object' && document !== null && 'campaignId' in document) {
    return String(document.campaignId);
  }
  throw new Error(`letters send ended with ${String(exit)}:\n${stdout}${stderr}`);
}

/** Waits until the mail server has met so many letters, or the campaign stands still. */
export async function sentUpTo(
  o: Sending,
  { id, count }: { readonly id: string; readonly count: number },
): Promise<void> {
  for (let looks = 0; looks < 6_000; looks += 1) {
    if (o.mail.lines().length >= count) return;
    if (looks % 20 === 19) {
      await goOn(o.rig, id);
      if ((await stateOf(o.rig, id)) === 'done') return;
    }
    await sleep(50);
  }
  throw new Error('the campaign stands still');
}

async function strike(
  o: PlayInput,
  { id, what }: { readonly id: string; readonly what: Strike },
): Promise<void> {
  const { rig } = o;
  // By the database's own clock: what a new worker claims is later.
  const before = await nowOf(rig);
  if (what === 'all') await rig.powerCut();
  else kill(rig.pidOf(what), 'SIGKILL');
  if (what !== 'worker' && what !== 'all') return;
  // Nobody holds what a killed worker had claimed. The campaign does not wait two minutes for that each time.
  const claims = o.control
    ? `state = 'planned', claim = null, claimed_at = null`
    : `claimed_at = claimed_at - interval '10 minutes'`;
  await persist(rig, {
    text: `update delivery set ${claims} where campaign_id = $1 and state = 'claimed'
           and claimed_at < $2::timestamptz`,
    values: [id, before],
  });
}

/** The database's own time, once it answers. */
async function nowOf(rig: Rig): Promise<string> {
  for (;;) {
    const rows = await rig.trySql<{ now: string }>(`select now()::text as now`);
    if (rows?.[0] !== undefined) return rows[0].now;
    await sleep(100);
  }
}

async function persist(
  rig: Rig,
  { text, values }: { readonly text: string; readonly values: unknown[] },
): Promise<void> {
  for (;;) {
    if ((await rig.trySql(text, values)) !== undefined) return;
    await sleep(100);
  }
}

/** Retries that wait for hours come now. */
export async function goOn(rig: Rig, id: string): Promise<void> {
  const moved = await rig.trySql<{ n: number }>(
    `with moved as (update delivery set next_at = now() where campaign_id = $1 and state = 'planned'
       and next_at > now() returning 1)
     select count(*)::int as n from moved`,
    [id],
  );
  if ((moved?.[0]?.n ?? 0) === 0) return;
  try {
    const workflowId = await workflowOf(rig, id);
    await rig.temporal((client) => client.workflow.getHandle(workflowId).signal('wake'));
  } catch (error) {
    // The servers may be away: the workflow looks again by itself, a little later.
    if (error instanceof WorkflowNotFoundError) throw error;
  }
}

/** The id of the campaign's workflow. */
export async function workflowOf(rig: Rig, campaignId: string): Promise<string> {
  const [row] = await rig.sql<{ id: string }>('select id from installation');
  return campaignWorkflowId({ installation: row?.id ?? '', campaignId });
}

async function stateOf(rig: Rig, id: string): Promise<string | undefined> {
  const rows = await rig.trySql<{ state: string }>('select state from campaign where id = $1', [
    id,
  ]);
  return rows?.[0]?.state;
}

/** Waits for the end; returns the state in which the campaign stays. */
export async function ended({ rig }: Pick<PlayInput, 'rig'>, id: string): Promise<string> {
  const until = Date.now() + END_MS;
  for (;;) {
    const state = await stateOf(rig, id);
    if (state === 'done' || state === 'cancelled' || state === 'paused') return state;
    if (Date.now() > until) return `still ${state ?? 'unknown'}`;
    await goOn(rig, id);
    await sleep(500);
  }
}

export function recipientsOf(rig: Rig, id: string): Promise<Recipient[]> {
  return rig.sql<Recipient>(
    `select coalesce(d.address, u.email) as address, d.state::text as state, d.reason
     from delivery d join "user" u on u.id = d.user_id where d.campaign_id = $1`,
    { values: [id] },
  );
}

/** What a verdict has that must not be. */
function wrongOf(
  verdict: Verdict,
  { allowed, recipients }: { readonly allowed: number; readonly recipients: number },
): string[] {
  const some = (what: string, list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`${String(list.length)} ${what} (${list.slice(0, 3).join(', ')})`];
  return [
    ...some('got two', verdict.doubles),
    ...some('lost', verdict.lost),
    ...some('falsely accepted', verdict.falselyAccepted),
    ...some('falsely failed', verdict.falselyFailed),
    ...some('otherwise', verdict.others),
    ...(verdict.unknown > allowed
      ? [`${String(verdict.unknown)} unknown, at most ${String(allowed)} explained`]
      : []),
    ...(verdict.recipients === recipients
      ? []
      : [`${String(verdict.recipients)} recipients instead of ${String(recipients)}`]),
  ];
}
