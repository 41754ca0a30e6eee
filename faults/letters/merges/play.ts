import { Rollcall } from '../../../client/rollcall';
import type { Rig } from '../../rig';
import { markdownTable } from '../../printed';
import { newestRun, recorded } from '../../merge/play';
import { ended, goOn, send, sentUpTo, type Sending } from '../play';
import { judgePersons, type Delivered, type PersonsVerdict } from './judge';
import { dress, mergesOf, personsFor, type Merge, type Person } from './persons';

export interface MergesInput extends Sending {
  readonly seed: string;
  readonly merges: number;
  /**
   * After each merge, plans the survivor's letter again and takes back what was moved, as a build that merges
   * without a look at letters would leave them.
   */
  readonly control: boolean;
}

/** While accounts are merged the server is slow, so that letters are on their way all the time. */
const SLOW_MS = 1_500;
/** Of all letters, those that are sent by the time of the last merge. */
const SHARE = 0.9;
/** Pairs of a file; between files one pair is merged by itself. */
const FILE = 5;
const RUN_MS = 180_000;

/** Merges accounts while a letter goes out to them; nothing is killed. */
export async function mergesAmid(o: MergesInput): Promise<{
  readonly verdict: PersonsVerdict;
  readonly wrong: readonly string[];
}> {
  const { rig, mail, merges } = o;
  await rig.ready();
  const merged = personsFor(o);
  await dress(rig, merged);
  const persons = [...merged, ...alone(o.recipients, merged)];
  await mail.journal(rig.path('merges'), { seed: `${o.seed}/merges`, faulty: true, often: 5 });
  const owner = await Rollcall.connect({ home: rig.place.home, env: {}, folder: rig.place.folder });
  try {
    const id = await send(rig, 'merges');
    const wrong: string[] = [];
    let done = 0;
    for (const group of groups(mergesOf(merged))) {
      await sentUpTo(o, { id, count: Math.floor((done / merges) * SHARE * o.recipients) });
      await mail.pace(SLOW_MS);
      wrong.push(...(await merge(owner, rig, group)));
      done += group.length;
      if (o.control) await forgetLetters(rig, id);
      await goOn(rig, id);
      await mail.pace(0);
    }
    const state = await ended(o, id);
    if (state !== 'done') wrong.push(`the campaign is ${state}`);
    const verdict = judgePersons({ persons, lines: mail.lines(), ...(await storeOf(rig, id)) });
    wrong.push(...(await countsOf(owner, rig, id)));
    const late = await lateMerges(rig, id);
    if (late > 0) wrong.push(`${String(late)} merges came after its end`);
    return { verdict, wrong: [...wrong, ...verdict.doubles, ...verdict.lost, ...verdict.wrong] };
  } finally {
    await owner.close();
  }
}

/** Plays it and prints what came of it; returns the exit code. */
export async function allMerges(o: MergesInput): Promise<number> {
  const { verdict, wrong } = await mergesAmid(o);
  const rows = [
    ['merges', o.merges],
    ['people', verdict.persons],
    ['got one', verdict.gotOne],
    ['refused by the server for good', verdict.refused],
    ['unknown, because the server hung up', verdict.unknown],
    ['got one on two accounts before they were merged', verdict.before],
    ['**got two**', verdict.doubles.length],
    ['**got none**', verdict.lost.length],
    ['wrong', wrong.length],
  ] as const;
  process.stdout.write(`\n${markdownTable({ what: '---', 'how many': '--:' }, rows)}\n`);
  for (const line of wrong.slice(0, 20)) process.stderr.write(`${line}\n`);
  if (!o.control) return wrong.length === 0 ? 0 : 1;
  const shows = verdict.doubles.length > 0 && verdict.lost.length > 0;
  process.stdout.write(
    shows
      ? 'the control shows people who got two, and people who got none, as it must\n'
      : 'the control does not show both: this campaign proves nothing\n',
  );
  return shows ? 0 : 1;
}

/** Everybody else has one account. */
function alone(recipients: number, merged: readonly Person[]): Person[] {
  const taken = new Set(merged.flat().map(({ n }) => n));
  return Array.from({ length: recipients }, (_, i) => i + 1)
    .filter((n) => !taken.has(n))
    .map((n) => [{ n, isChosen: true, hasAddress: true }]);
}

/** One by itself, then a file of some, and so on. */
function groups(merges: readonly Merge[]): Merge[][] {
  const all: Merge[][] = [];
  for (let at = 0; at < merges.length; at += all.at(-1)?.length ?? 1)
    all.push(merges.slice(at, at + (all.length % 2 === 0 ? 1 : FILE)));
  return all;
}

async function merge(owner: Rollcall, rig: Rig, group: readonly Merge[]): Promise<string[]> {
  const [first] = group;
  if (first === undefined) return [];
  const lines = group.map(({ survivor, redundant }) => `${survivor},${redundant}\n`);
  const file = rig.write('pairs.csv', `survivor,redundant\n${lines.join('')}`);
  const runId = await recorded(rig, await newestRun(rig), () =>
    group.length === 1
      ? owner.users.merge({ ...first, expect: 1 })
      : owner.merges.start({ file, expect: group.length }),
  );
  if (typeof runId !== 'string') return [runId.wrong];
  const { document } = await owner.runs.wait(runId, { timeoutMs: RUN_MS });
  const { state, counts } = document;
  if (state === 'done' && counts.updated === group.length) return [];
  return [`a run of ${String(group.length)} merges is ${state}: ${JSON.stringify(counts)}`];
}

/** The control: what a merge did to the letters is undone. */
async function forgetLetters(rig: Rig, id: string): Promise<void> {
  await rig.sql(
    `update delivery d set state = 'planned', reason = null, closed_at = null
     from "user" u where u.id = d.user_id and d.campaign_id = $1 and d.state = 'skipped'
       and d.reason = 'merged' and u.status <> 'merged'`,
    { values: [id] },
  );
  await rig.sql(
    `update delivery d set state = 'skipped', reason = 'merged', next_at = null, closed_at = now()
     from "user" u where u.id = d.user_id and d.campaign_id = $1 and d.state = 'planned'
       and u.code like 'Q%'`,
    { values: [id] },
  );
}

async function storeOf(
  rig: Rig,
  id: string,
): Promise<{
  readonly deliveries: readonly Delivered[];
  readonly addresses: ReadonlyMap<string, string | null>;
  readonly mergedAt: ReadonlyMap<string, number>;
}> {
  const deliveries = await rig.sql<Delivered>(
    `select u.code, lower(d.address) as address, d.state::text as state, d.reason,
       1000 * extract(epoch from d.claimed_at)::float8 as claimed
     from delivery d join "user" u on u.id = d.user_id where d.campaign_id = $1`,
    { values: [id] },
  );
  const users = await rig.sql<{ code: string; email: string | null }>(
    `select code, lower(email) as email from "user" where code ~ '^[PQ]'`,
  );
  const merges = await rig.sql<{ code: string; at: number }>(
    `select u.code, 1000 * extract(epoch from r.finished_at)::float8 as at
     from merge m join run r on r.id = m.run_id join "user" u on u.id = m.absorbed_id`,
  );
  const mergedAt = new Map(merges.map(({ code, at }) => [code, at]));
  return {
    deliveries,
    mergedAt,
    addresses: new Map(users.map(({ code, email }) => [code, email])),
  };
}

/** The counts that a person sees are those of the deliveries. */
async function countsOf(owner: Rollcall, rig: Rig, id: string): Promise<string[]> {
  const { counts } = await owner.campaigns.get(id);
  const rows = await rig.sql<{ state: string; n: number }>(
    `select state::text as state, count(*)::int as n from delivery where campaign_id = $1 group by 1`,
    { values: [id] },
  );
  const found = new Map(rows.map(({ state, n }) => [state, n]));
  return Object.entries(counts).flatMap(([state, n]) =>
    n === (found.get(state) ?? 0)
      ? []
      : [`shown as ${state}: ${String(n)}; there are ${String(found.get(state) ?? 0)}`],
  );
}

async function lateMerges(rig: Rig, id: string): Promise<number> {
  const rows = await rig.sql<{ n: number }>(
    `select count(*)::int as n from merge m join campaign c on m.merged_at >= c.finished_at where c.id = $1`,
    { values: [id] },
  );
  return rows[0]?.n ?? 0;
}
