import type { ImportRequest } from '../../operations/runs/imports';
import type { SourceContext } from '../../operations/sources/polledSource';
import { linkUser } from '../../operations/users/links';
import type { Answers } from '../answers';
import { diceOf, type Dice } from '../sync/chance';
import { Admin } from './admin';
import { addDays, Company, EVENTS, NUMBERINGS, works, type CompanyEvent } from './company';
import { FileFollower, type End } from './follow';
import {
  differences,
  judge,
  loginsLeft,
  seeUsers,
  toldPeople,
  WELL,
  type Seeing,
  type Verdict,
} from './judge';
import { honestRows, spoilt, type Form, type Mischief, type Written } from './mischief';
import { formOf, MISCHIEFS_OF } from './forms';
import { Rejections } from './rejections';
import { emptyStore } from './store';
import { addSystem, Graph, idOf, SOURCE } from './system';
import { csvOf } from './write';

export interface WorldInput {
  readonly context: SourceContext;
  readonly answers: Answers;
  readonly seed: number;
  readonly world: number;
  /** Receives every read and its end. */
  readonly show?: (text: string) => void;
}

/** What came of one read under a mischief. */
export interface Read {
  readonly mischiefs: readonly (Mischief | 'parts')[];
  readonly end: End['state'];
  readonly gates: readonly string[];
  /** People whose row did not go through, with the reason in the report. */
  readonly told: number;
  readonly verdict: Counts;
}

export type Counts = Readonly<Record<keyof Verdict, number>>;
/** Kinds of verdict that are wrong. */
const WRONG = ['deactivated', 'twice', 'active', 'mixed', 'nobody'] as const;

/** One world that was played to its end. */
export interface WorldResult {
  readonly world: number;
  readonly kind: Form['kind'];
  readonly reads: readonly Read[];
  readonly dueRuns: number;
  readonly linked: number;
  /** Runs whose renumbered people were linked by one command. */
  readonly resolved: number;
  readonly events: Readonly<Partial<Record<CompanyEvent, number>>>;
  /** Everything that is wrong, in words. */
  readonly wrong: readonly string[];
}

const FIRST_DAY = '2026-03-02';

/** A company over some days, each with a read, from an empty store to a settled one. */
export async function playWorld(input: WorldInput): Promise<WorldResult> {
  await emptyStore(input.context.db);
  const dice = diceOf(input.seed, 'files', input.world);
  return new World(input, dice).toItsEnd();
}

class World {
  readonly #o: WorldInput;
  readonly #dice: Dice;
  readonly #form: Form;
  readonly #company: Company;
  readonly #follower: FileFollower;
  readonly #admin: Admin;
  readonly #rejections: Rejections;
  readonly #graph: Graph;
  #show: ((rows: readonly Written[]) => void) | undefined;
  readonly #twice = new Set<number>();
  /** People who were made again without a sign that they are known. */
  readonly #strangers = new Set<number>();
  readonly #missed = new Set<number>();
  readonly #events = new Map<CompanyEvent, number>();
  readonly #reads: Read[] = [];
  readonly #wrong: string[] = [];
  #today = FIRST_DAY;
  #reading = 0;
  #dueRuns = 0;
  #linked = 0;

  constructor(o: WorldInput, dice: Dice) {
    this.#o = o;
    this.#dice = dice;
    this.#form = formOf(dice);
    this.#company = new Company({
      dice,
      // So many that one more or less is no incomplete read of a system.
      size: this.#form.kind === 'list' ? 6 + dice.below(24) : 22 + dice.below(12),
      numbering: dice.pick(NUMBERINGS),
      namesakes: dice.often(0.2),
      today: this.#today,
    });
    const clock = (): Date =>
      new Date(Date.parse(`${this.#today}T06:00:00Z`) + this.#reading * 60_000);
    this.#follower = new FileFollower({ context: o.context, clock });
    this.#graph = new Graph(o.answers, dice);
    this.#rejections = new Rejections(o.context.db.pool);
    this.#admin = new Admin({
      context: o.context,
      follower: this.#follower,
      company: this.#company,
      dice,
      rejections: this.#rejections,
    });
  }

  async toItsEnd(): Promise<WorldResult> {
    await this.#add();
    await this.#read([]);
    const days = 3 + this.#dice.below(4);
    for (let i = 0; i < days; i++) {
      await this.#nextDay();
      for (let n = this.#dice.below(4); n > 0; n--) this.#happen();
      await this.#read(this.#choose());
    }
    await this.#calm();
    return {
      world: this.#o.world,
      kind: this.#form.kind,
      reads: this.#reads,
      dueRuns: this.#dueRuns,
      linked: this.#linked,
      resolved: this.#admin.resolved,
      events: Object.fromEntries(this.#events),
      wrong: this.#wrong,
    };
  }

  async #add(): Promise<void> {
    const { context, answers } = this.#o;
    if (this.#form.kind === 'graph') await this.#graph.add(context);
    if (this.#form.kind !== 'system') return;
    const days = this.#dice.pick(['iso', 'epochMs', 'zoned'] as const);
    this.#show = await addSystem(context, { answers, form: this.#form, days });
  }

  /** The day after; whoever is due becomes active or inactive. */
  async #nextDay(): Promise<void> {
    this.#today = addDays(this.#today, 1);
    const before = await this.#see();
    const ends = await this.#follower.due();
    this.#dueRuns += ends.length;
    for (const end of ends) {
      if (end.state === 'held') await this.#admin.decide(end, { rows: null, today: this.#today });
      else this.#wrong.push(...(await this.#rejections.applied(end.runId)));
    }
    const after = await this.#see();
    this.#note(judge({ ...this.#scene(null), told: new Map(), before, after }), 'the due run');
  }

  #happen(): void {
    const all = Object.keys(EVENTS).filter(isEvent);
    const event = this.#dice.pick(all.filter((one) => this.#mayHappen(one)));
    if (!this.#company.happen(event, this.#today)) return;
    this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
  }

  /** Without e-mails, a new number can only be noticed where absence and names speak. */
  #mayHappen(event: CompanyEvent): boolean {
    const { kind, email, days } = this.#form;
    if (event === 'renumber') return email || kind === 'list' || kind === 'system';
    if (event === 'joinLater' || event === 'leaveLater') return days || event === 'leaveLater';
    // A system has one record for each id.
    if (event === 'secondJob') return kind === 'list' || kind === 'upload';
    return true;
  }

  #choose(): Mischief[] {
    const first = this.#dice.pick(MISCHIEFS_OF[this.#form.kind]);
    const second = this.#dice.pick(MISCHIEFS_OF[this.#form.kind]);
    const both = this.#dice.often(0.25) && first !== second;
    return both ? [first, second] : [first];
  }

  /** A read under these mischiefs, as far as they can be played. */
  async #read(wished: readonly Mischief[]): Promise<End> {
    this.#reading += 1;
    const scene = this.#sceneOfRows();
    let rows = honestRows(scene);
    const played: (Mischief | 'parts')[] = [];
    for (const wish of wished) {
      // One that cannot be played gives way to another.
      for (let tries = 0, mischief = wish; tries < 4; tries++) {
        const next = played.includes(mischief) ? null : spoilt(mischief, rows, scene);
        if (next !== null) {
          rows = next;
          played.push(mischief);
          break;
        }
        mischief = this.#dice.pick(MISCHIEFS_OF[this.#form.kind]);
      }
    }
    const before = await this.#see();
    const end = await this.#start(rows, { played, calm: wished.length === 0 });
    const settled = await this.#settle(end, rows);
    const told = await this.#told(end.runId, rows);
    const after = await this.#see();
    const verdict =
      settled.state === 'done' ? judge({ ...this.#scene(rows), told, before, after }) : WELL;
    if (settled.state !== 'done' && settled.state !== 'held' && changed(before, after)) {
      this.#wrong.push(`${end.runId} was ${settled.state}, and changed the store`);
    }
    if (end.state === 'failed') this.#wrong.push(`a run failed: ${String(end.code)}`);
    if (settled.state === 'done') this.#wrong.push(...loginsLeft(before, after));
    this.#note(verdict, `${played.join(' + ')} on ${this.#today}`);
    this.#showRead(rows, { played, end, settled, told });
    if (settled.state === 'done') {
      this.#graph.taken();
      this.#rejections.heard({ rows, users: before, told });
    }
    this.#reads.push({
      mischiefs: played,
      end: end.state,
      gates: await this.#gatesOf(end),
      told: told.size,
      verdict: countsOf(verdict),
    });
    if (settled.state === 'done') await this.#link(told, rows);
    this.#noteMissed(rows, settled.state === 'done');
    return settled;
  }

  /** What a gate holds is decided; the file of a rejected run is sometimes given once more. */
  async #settle(end: End, rows: readonly Written[]): Promise<End> {
    if (end.state === 'done') this.#wrong.push(...(await this.#rejections.applied(end.runId)));
    if (end.state !== 'held') return end;
    const settled = await this.#admin.decide(end, { rows, today: this.#today });
    const isFile = this.#form.kind === 'list' || this.#form.kind === 'upload';
    if (settled.state !== 'rejected' || !isFile || !this.#dice.often(0.5)) return settled;
    const again = await this.#follower.import(this.#request(), csvOf(this.#form, rows));
    if (again.state === 'done') {
      this.#wrong.push(...(await this.#rejections.applied(again.runId)));
      return again;
    }
    return again.state === 'held' ? this.#admin.decide(again, { rows, today: this.#today }) : again;
  }

  async #start(
    rows: readonly Written[],
    o: { readonly played: (Mischief | 'parts')[]; readonly calm: boolean },
  ): Promise<End> {
    switch (this.#form.kind) {
      case 'list':
      case 'upload':
        return this.#follower.import(this.#request(), csvOf(this.#form, rows));
      case 'system':
        this.#show?.(rows);
        return this.#follower.sync(SOURCE, true);
      case 'graph': {
        const full = this.#reads.length === 0 || this.#dice.often(0.3) || o.calm;
        const split = this.#graph.show(rows);
        const end = await this.#follower.sync(SOURCE, full);
        // A read of changes may have to be one of everybody, after one that came to nothing.
        if (Math.min(split.full, split.changes) > 0) o.played.push('parts');
        return end;
      }
    }
  }

  #showRead(
    rows: readonly Written[],
    o: {
      readonly played: readonly string[];
      readonly end: End;
      readonly settled: End;
      readonly told: ReadonlyMap<number, string>;
    },
  ): void {
    const { played, end, settled, told } = o;
    const gates = end.held.map(({ gate, count }) => `${gate} ${String(count)}`).join(', ');
    this.#o.show?.(
      `${this.#today} ${this.#form.kind}, ${played.join(' + ')}: ${end.state} (${gates}), then ${settled.state}; ` +
        `told ${JSON.stringify([...told])}\n${csvOf({ ...this.#form, status: true, days: true }, rows)}`,
    );
  }

  #request(): ImportRequest {
    return this.#form.kind === 'upload'
      ? {}
      : { source: SOURCE, createSource: true, missing: 'deactivate' };
  }

  /** Honest reads until nothing changes any more; then the store is the truth. */
  async #calm(): Promise<void> {
    for (let i = 0; i < CALM_READS; i++) {
      const { runId, state } = await this.#read([]);
      if (i < 1 || state !== 'done') continue;
      const rows = honestRows(this.#sceneOfRows());
      const told = await this.#told(runId, rows);
      const excused = new Map([...told, ...[...this.#strangers].map((key) => [key, ''] as const)]);
      const after = await this.#see();
      const left = differences({ ...this.#scene(rows), told: excused, after });
      if (left.length === 0) return;
      if (i === CALM_READS - 1) this.#wrong.push(...left);
    }
  }

  /** An admin links a row to the person that it is about, where the report names both. */
  async #link(told: ReadonlyMap<number, string>, rows: readonly Written[]): Promise<void> {
    const users = [...(await this.#see()).values()];
    for (const [key, reason] of told) {
      const person = this.#company.find(key);
      const row = rows.find((one) => one.key === key && !one.former);
      const mine = users.filter((user) => user.key === key);
      const [user] = mine;
      const fits = reason === 'other_identity' && mine.length === 1;
      if (!fits || user === undefined || row === undefined || person === undefined) continue;
      if (!works(person, this.#today) || !this.#dice.often(0.6)) continue;
      const source = this.#form.kind === 'upload' ? 'csv' : SOURCE;
      const externalId = this.#form.kind === 'graph' ? idOf(row) : row.number;
      await linkUser(this.#o.context, { user: user.id, source, externalId });
      this.#twice.add(key);
      this.#linked += 1;
    }
  }

  /** The gates that held a run; an incomplete read with its reason. */
  async #gatesOf({ runId, held }: End): Promise<string[]> {
    const { rows } = await this.#o.context.db.pool.query<{ why: string | null }>(
      `select listing ->> 'why' as why from run where id = $1`,
      [runId],
    );
    const why = rows[0]?.why ?? '';
    return held.map(({ gate }) => (gate === 'incomplete_read' ? `${gate} (${why})` : gate));
  }

  #noteMissed(rows: readonly Written[], applied: boolean): void {
    const listed = new Set(rows.map(({ key }) => key));
    for (const { key } of this.#company.people()) {
      if (!listed.has(key)) this.#missed.add(key);
      else if (applied) this.#missed.delete(key);
    }
  }

  #note(verdict: Verdict, when: string): void {
    for (const key of verdict.strangers) this.#strangers.add(key);
    for (const line of WRONG.flatMap((kind) => verdict[kind].slice(0, 3))) {
      this.#wrong.push(`${when}: ${line}`);
    }
  }

  #sceneOfRows() {
    return {
      company: this.#company,
      form: this.#form,
      today: this.#today,
      dice: this.#dice,
      twice: this.#twice,
      missed: this.#missed,
    };
  }

  #scene(rows: readonly Written[] | null) {
    return { company: this.#company, form: this.#form, today: this.#today, rows };
  }

  #see(): Promise<Seeing> {
    return seeUsers(this.#o.context.db.pool);
  }

  /** Line 1 of a file is its header. */
  #told(runId: string, rows: readonly Written[]): Promise<Map<number, string>> {
    const ahead = this.#form.kind === 'list' || this.#form.kind === 'upload' ? 2 : 1;
    return toldPeople(this.#o.context.db.pool, runId, (line) => rows[line - ahead]?.key);
  }
}

const CALM_READS = 4;

function isEvent(text: string): text is CompanyEvent {
  return Object.hasOwn(EVENTS, text);
}

function countsOf(verdict: Verdict): Counts {
  return {
    deactivated: verdict.deactivated.length,
    twice: verdict.twice.length,
    active: verdict.active.length,
    mixed: verdict.mixed.length,
    nobody: verdict.nobody.length,
    strangers: verdict.strangers.length,
  };
}

function changed(before: Seeing, after: Seeing): boolean {
  return JSON.stringify([...before]) !== JSON.stringify([...after]);
}
