import { HUBSPOT_CEILING } from '../../connectors/fake/dialects/directory';
import type { DialectName } from '../../connectors/fake/dialects';
import type { Mischief } from '../../connectors/fake/misbehaviours';
import type { FakePerson } from '../../connectors/fake/people';
import { startFake, type FakeVendor } from '../../connectors/fake/server';
import { addSource } from '../../operations/sources/addSource';
import type { SourceContext } from '../../operations/sources/polledSource';
import { findSource } from '../../store/sources/sources';
import { transaction, type Db } from '../../store/database/db';
import { EMPTY_AUDIT } from '../emptyAudit';
import { diceOf, type Dice } from './chance';
import { Follower, type SyncEnd } from './follow';
import { differences, readKept, type Store } from './kept';
import { companyOf, Staff } from './people';
import { isActive } from './truth';
import {
  applies,
  declarationOf,
  isMisbehaviour,
  isUnpaged,
  secretsOf,
  type Trouble,
} from './vendors';

export interface RunInput {
  readonly context: SourceContext;
  readonly seed: number;
  readonly run: number;
  readonly vendor: DialectName;
  readonly troubles: readonly Trouble[];
}

/** The result of a run while its vendor misbehaved, and what was wrong. */
export interface RunResult {
  readonly vendor: DialectName;
  readonly troubles: readonly Trouble[];
  readonly people: number;
  readonly syncs: number;
  /**
   * `behind`: applied, but a part of the truth is still missing, because the vendor kept it back.
   */
  readonly end: 'equal' | 'held' | 'failed' | 'behind';
  /** Codes of failures and gates. */
  readonly why: readonly string[];
  /** People who were there the whole time and were deactivated. */
  readonly wronglyDeactivated: number;
  /** How the store differed from the truth once everything was well again, and every oddity. */
  readonly wrong: readonly string[];
}

/** A day, so that reads are due. */
const BETWEEN_MS = 3_600_000;
/** Two complete reads show who has left; one more for what a hold kept back. */
const CALM_SYNCS = 5;

/** One company, one vendor, one kind of trouble, from an empty store to a settled one. */
export async function playRun(input: RunInput): Promise<RunResult> {
  await emptyStore(input.context.db);
  const dice = diceOf(input.seed, 'run', input.run, input.vendor, input.troubles.join('+'));
  const pageSize = dice.pick([10, 10, 10, 25]);
  const clock = { ms: Date.now() };
  const size = sizeOf(dice, pageSize);
  const fake = await startFake({
    vendor: input.vendor,
    people: companyOf(size),
    maxPage: pageSize,
    clock: () => clock.ms,
  });
  try {
    HUBSPOT_CEILING.rows = 4 * 25;
    return await new Play(input, { dice, pageSize, clock, fake, size }).toItsEnd();
  } finally {
    await fake.stop();
  }
}

/** Sizes around the edges of a page, and some hundreds. */
function sizeOf(dice: Dice, page: number): number {
  if (dice.often(0.06)) return 100 + dice.below(250);
  return dice.pick([
    0,
    1,
    page - 1,
    page,
    page + 1,
    2 * page,
    2 * page + 1,
    3 * page,
    5 * page + 3,
  ]);
}

interface Setting {
  readonly dice: Dice;
  readonly pageSize: number;
  readonly clock: { ms: number };
  readonly fake: FakeVendor;
  readonly size: number;
}

const SOURCE = 'hr';

class Play {
  readonly #o: RunInput;
  readonly #s: Setting;
  readonly #staff: Staff;
  readonly #follower: Follower;
  readonly #why = new Set<string>();
  readonly #wrong: string[] = [];
  #sourceId = '';
  #syncs = 0;
  #harmed = 0;

  constructor(o: RunInput, s: Setting) {
    this.#o = o;
    this.#s = s;
    const skewed = o.troubles.includes('skew');
    this.#staff = new Staff(o.vendor, s.fake.world, s.dice, () =>
      skewed ? s.clock.ms + 300_000 : s.clock.ms,
    );
    const readMs = s.dice.pick([0, 60_000]);
    this.#follower = new Follower({ context: o.context, clock: s.clock, readMs });
  }

  async toItsEnd(): Promise<RunResult> {
    await this.#add();
    const { dice } = this.#s;
    // Most companies are already known when trouble begins.
    if (dice.often(0.75)) await this.#sync({ full: true });
    const ends = await this.#storm();
    const end = await this.#endOf(ends);
    await this.#calm();
    return {
      vendor: this.#o.vendor,
      troubles: this.#o.troubles,
      people: this.#s.size,
      syncs: this.#syncs,
      end,
      why: [...this.#why].sort(),
      wronglyDeactivated: this.#harmed,
      wrong: this.#wrong,
    };
  }

  /** Changes and reads under trouble: one of changes, then two of everybody. */
  async #storm(): Promise<SyncEnd[]> {
    const { dice, fake } = this.#s;
    const ends: SyncEnd[] = [];
    const reads = [...(dice.often(0.6) ? [false] : []), true, true];
    for (const [i, full] of reads.entries()) {
      // A person who is gone before the first of two complete reads is missing in both.
      if (i < reads.length - 1) this.#staff.happen(dice.below(1 + Math.ceil(this.#s.size / 12)));
      if (this.#o.troubles.includes('one_instant')) this.#staff.touchAll();
      fake.behave(this.#mischief());
      if (this.#o.troubles.includes('edited')) this.#editMeanwhile();
      ends.push(await this.#sync({ full }));
      fake.world.meanwhile = null;
    }
    return ends;
  }

  #editMeanwhile(): void {
    const { dice, fake } = this.#s;
    const edits = { left: 1 + dice.below(4) };
    fake.world.meanwhile = () => {
      if (edits.left === 0 || !dice.often(0.5)) return;
      edits.left -= 1;
      this.#staff.happen(1 + dice.below(2));
    };
  }

  #mischief(): Mischief[] {
    const { dice } = this.#s;
    const first = isUnpaged(this.#o.vendor) ? 1 : dice.pick([1, 2, 2, 3]);
    return this.#o.troubles.filter(isMisbehaviour).map((kind) => ({
      kind,
      from: first,
      ...(dice.often(0.2) && !kind.startsWith('throttle') ? { times: dice.pick([2, 1e9]) } : {}),
    }));
  }

  /** Whether what was read under trouble is the truth, or says why it is not. */
  async #endOf(ends: readonly SyncEnd[]): Promise<RunResult['end']> {
    const states = ends.map(({ state }) => state);
    const left = await this.#differences();
    if (left.length === 0) return 'equal';
    if (states.includes('held')) return 'held';
    if (states.some((state) => state === 'failed' || state === 'retrying')) return 'failed';
    if (!this.#mayBeBehind()) {
      this.#wrong.push(...left.slice(0, 5).map((line) => `applied, yet ${line}`));
    }
    return 'behind';
  }

  /**
   * What a vendor silently keeps back comes with the next read; so does what happens after a page.
   */
  #mayBeBehind(): boolean {
    const lies: readonly Trouble[] = ['truncated_page', 'empty', 'withheld', 'edited', 'moved_row'];
    return this.#o.troubles.some((trouble) => lies.includes(trouble));
  }

  async #calm(): Promise<void> {
    this.#s.fake.behave();
    const people: readonly FakePerson[] = this.#s.fake.world.people();
    const nobody = people.every((p) => p.deleted || p.mergedInto !== '');
    for (let i = 1; i <= CALM_SYNCS; i++) {
      const { state, code, held } = await this.#sync({ full: true, calm: true });
      if (state !== 'done' && !(state === 'held' && nobody)) {
        const gates = held.map(({ gate }) => gate).join(', ');
        this.#wrong.push(`a good vendor's sync is ${state}: ${code ?? gates}`);
      }
      if (i >= 2 && (await this.#differences()).length === 0) return;
    }
    // A company that is gone completely is nobody's absence: an empty list proves nothing.
    if (nobody) return;
    this.#wrong.push(...(await this.#differences()).slice(0, 8), ...(await this.#told()));
  }

  /** What the last run reports about rows that it could not apply. */
  async #told(): Promise<string[]> {
    const { rows } = await this.#o.context.db.pool.query<{ told: string }>(
      `select concat_ws(' ', p.line, p.action, p.reason, p.matched_by, s.external_id) as told
       from plan_entry p left join staged_row s on s.run_id = p.run_id and s.line = p.line
       where p.run_id = (select max(id::text)::uuid from run) and p.reason is not null
         and p.action in ('error', 'conflict', 'duplicate', 'skip')
       order by p.line limit 8`,
    );
    return rows.map(({ told }) => `the last run says: ${told}`);
  }

  async #sync(o: { readonly full: boolean; readonly calm?: boolean }): Promise<SyncEnd> {
    this.#s.clock.ms += BETWEEN_MS;
    this.#syncs += 1;
    const before = { people: this.#people(), store: await this.#store() };
    const end = await this.#follower.sync(SOURCE, o.full);
    if (o.calm !== true && end.code !== null) this.#why.add(end.code);
    if (o.calm !== true) for (const { gate } of end.held) this.#why.add(gate);
    const settled = end.state === 'held' ? await this.#decide(end, o.calm === true) : end;
    await this.#countHarmed(before);
    return settled;
  }

  /** An admin reviews the plan and keeps everybody who would be deactivated while still there. */
  async #decide(end: SyncEnd, calm: boolean): Promise<SyncEnd> {
    const { rows } = await this.#o.context.db.pool.query<{ id: string }>(
      `select i.external_id as id from plan_entry p
       join identity i on i.user_id = p.user_id and i.source_id = $2
       where p.run_id = $1 and p.action = 'deactivate'`,
      [end.runId, this.#sourceId],
    );
    const present = this.#activeNow();
    const harm = rows.some(({ id }) => present.has(id));
    if (harm || (!calm && this.#s.dice.often(0.5))) {
      await this.#follower.reject(end.runId);
      return end;
    }
    const approved = await this.#follower.approve(end.runId);
    return calm ? approved : { ...approved, state: 'held', held: end.held };
  }

  async #countHarmed(before: {
    readonly people: ReadonlySet<string>;
    readonly store: Store;
  }): Promise<void> {
    const now = this.#activeNow();
    const store = await this.#store();
    for (const [id, { active }] of store.people) {
      const was = before.store.people.get(id)?.active === true;
      if (!was || active || !now.has(id) || !before.people.has(id)) continue;
      this.#harmed += 1;
      this.#wrong.push(`${id} was deactivated by sync ${String(this.#syncs)}, and is there`);
    }
  }

  #people(): ReadonlySet<string> {
    return this.#activeNow();
  }

  #activeNow(): ReadonlySet<string> {
    const today = this.#today();
    const people: readonly FakePerson[] = this.#s.fake.world.people();
    return new Set(people.filter((p) => isActive(this.#o.vendor, p, today)).map(({ id }) => id));
  }

  async #differences(): Promise<string[]> {
    const { rows } = await this.#o.context.db.pool.query<{ id: string }>(KEY_TAKEN);
    return differences(this.#o.vendor, {
      truth: this.#s.fake.world.people(),
      store: await this.#store(),
      today: this.#today(),
      told: new Set(rows.map(({ id }) => id)),
    });
  }

  #store(): Promise<Store> {
    return readKept(this.#o.context.db.pool, this.#sourceId);
  }

  #today(): string {
    return new Date(this.#s.clock.ms).toISOString().slice(0, 10);
  }

  async #add(): Promise<void> {
    const { fake, pageSize } = this.#s;
    await addSource(this.#o.context, {
      name: SOURCE,
      declaration: declarationOf(this.#o.vendor, pageSize),
      config: fake.config,
      secrets: secretsOf(this.#o.vendor),
      baseUrl: fake.baseUrl,
    });
    this.#sourceId = (await findSource(this.#o.context.db.pool, SOURCE))?.id ?? '';
  }
}

/** Whether a vendor can have all of these troubles. */
export function canHave(vendor: DialectName, troubles: readonly Trouble[]): boolean {
  return troubles.every((trouble) => applies(vendor, trouble));
}

/**
 * A new person whose address is the login of another, because that login could not follow its address:
 * a conflict for an admin to settle, which the report names.
 */
const KEY_TAKEN = `
  select s.external_id as id from plan_entry p
  join staged_row s on s.run_id = p.run_id and s.line = p.line
  where p.action = 'conflict' and p.reason = 'key_taken' and p.run_id = (
    select id from run where state = 'done' order by id desc limit 1)`;

// prettier-ignore
const EMPTIED = ['identity', 'entry_outcome', 'run_message', 'decision', 'staged_row', 'plan_entry', 'rejection', '"user"', 'connection', 'call_budget', 'run'];

/** The state after set-up. Without triggers, as users are never deleted. */
async function emptyStore(db: Db): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    for (const table of EMPTIED) await tx.query(`delete from ${table}`);
    await tx.query(EMPTY_AUDIT);
    await tx.query(`delete from source where kind = 'connector'`);
    await tx.query(`update source set last_good_run_id = null, epoch = 1`);
  });
}
