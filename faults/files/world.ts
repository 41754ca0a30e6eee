import type { ImportRequest } from '../../operations/runs/imports';
import { linkUser } from '../../operations/users/links';
import { diceOf, type Dice } from '../sync/chance';
import { Admin } from './admin';
import { addDays, Company, EVENTS, NUMBERINGS, works, type CompanyEvent } from './company';
import { FileFollower, type End } from './follow';
import { differences, judge, loginsLeft, WELL, type Verdict } from './judge';
import { honestRows, idIn, spoilt, type Form, type Mischief, type Written } from './mischief';
import { formOf, MISCHIEFS_OF } from './forms';
import { Rejections } from './rejections';
import type { Counts, Read, WorldInput, WorldResult } from './result';
import { seeNumberless, seeUsers, toldPeople, type Numberless, type Seeing } from './seen';
import { settle, type Settled } from './settle';
import { emptyStore } from './store';
import { addSystem, Graph, idOf, SOURCE } from './system';
import { csvOf, keyOfList } from './write';

/** Kinds of verdict that are wrong. */
const WRONG = ['deactivated', 'twice', 'active', 'mixed', 'nobody', 'escaped'] as const;

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
      form: this.#form,
      today: this.#today,
    });
    const clock = (): Date =>
      new Date(Date.parse(`${this.#today}T06:00:00Z`) + this.#reading * 60_000);
    this.#follower = new FileFollower({ context: o.context, clock });
    this.#graph = new Graph(o.answers, dice);
    this.#rejections = new Rejections({ db: o.context.db.pool, form: this.#form });
    this.#admin = new Admin({
      context: o.context,
      follower: this.#follower,
      company: this.#company,
      form: this.#form,
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
      key: this.#form.key,
      bare: this.#form.bare,
      reads: this.#reads,
      dueRuns: this.#dueRuns,
      linked: this.#linked,
      resolved: this.#admin.resolved,
      partly: this.#admin.partly.size,
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
      const { wrong } = await settle(end, this.#settling(null));
      this.#wrong.push(...wrong);
    }
    const after = await this.#see();
    const seen = { numberless: null, strangers: this.#strangers, before, after };
    this.#note(judge({ ...this.#scene(null), excused: new Map(), ...seen }), 'the due run');
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
    if (event === 'numbered') return this.#form.bare;
    return true;
  }

  #choose(): Mischief[] {
    const first = this.#dice.pick(MISCHIEFS_OF[this.#form.kind]);
    const second = this.#dice.pick(MISCHIEFS_OF[this.#form.kind]);
    const both = this.#dice.often(0.25) && first !== second;
    return both ? [first, second] : [first];
  }

  /** A read under these mischiefs, as far as they can be played. */
  async #read(wished: readonly Mischief[]): Promise<Settled> {
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
    const calm = wished.length === 0;
    const { resolved } = this.#admin;
    const end = await this.#start(rows, { played, calm });
    const settled = await settle(end, this.#settling(rows, calm));
    const { applied } = settled;
    const told = await this.#told(settled.runs, rows);
    const numberless = await this.#numberless(applied);
    const after = await this.#see();
    const seen = { excused: told, numberless, strangers: this.#strangers, before, after };
    const verdict = applied === null ? WELL : judge({ ...this.#scene(rows), ...seen });
    const isLeft = applied === null && settled.end.state !== 'held';
    // A run that links people is applied, whatever becomes of the rest.
    if (isLeft && this.#admin.resolved === resolved && changed(before, after)) {
      this.#wrong.push(`${end.runId} was ${settled.end.state}, and changed the store`);
    }
    this.#wrong.push(...settled.wrong);
    if (applied !== null) this.#wrong.push(...loginsLeft(before, after));
    this.#note(verdict, `${played.join(' + ')} on ${this.#today}`);
    this.#showRead(rows, { played, end, settled, told });
    if (applied !== null) {
      this.#graph.taken();
      this.#rejections.heard({ rows, today: this.#today, users: before, told });
    }
    this.#reads.push({
      mischiefs: played,
      end: end.state,
      gates: await this.#gatesOf(end),
      told: told.size,
      numberless: numberless?.users.size ?? 0,
      repeated: settled.repeated,
      verdict: countsOf(verdict),
    });
    if (applied !== null) await this.#link(told, rows);
    this.#noteMissed(rows, applied !== null);
    return settled;
  }

  #settling(rows: readonly Written[] | null, calm = false): Parameters<typeof settle>[1] {
    const { kind } = this.#form;
    const isFile = rows !== null && (kind === 'list' || kind === 'upload');
    return {
      admin: this.#admin,
      rejections: this.#rejections,
      dice: this.#dice,
      scene: { rows, today: this.#today, calm },
      ...(isFile ? { again: () => this.#import(rows) } : {}),
    };
  }

  #import(rows: readonly Written[]): Promise<End> {
    return this.#follower.import(this.#request(), csvOf(this.#form, rows));
  }

  async #numberless(runId: string | null): Promise<Numberless | null> {
    if (this.#form.kind !== 'list' || runId === null) return null;
    return seeNumberless(this.#o.context.db.pool, runId);
  }

  async #start(
    rows: readonly Written[],
    o: { readonly played: (Mischief | 'parts')[]; readonly calm: boolean },
  ): Promise<End> {
    switch (this.#form.kind) {
      case 'list':
      case 'upload':
        return this.#import(rows);
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
      readonly settled: Settled;
      readonly told: ReadonlyMap<number, string>;
    },
  ): void {
    const { played, end, settled, told } = o;
    const gates = end.held.map(({ gate, count }) => `${gate} ${String(count)}`).join(', ');
    this.#o.show?.(
      `${this.#today} ${this.#form.kind}, ${played.join(' + ')}: ${end.state} (${gates}), then ${settled.end.state}, the same again: ${settled.repeated}; ` +
        `told ${JSON.stringify([...told])}\n${csvOf({ ...this.#form, status: true, days: true }, rows)}`,
    );
  }

  #request(): ImportRequest {
    return this.#form.kind === 'upload'
      ? {}
      : { source: SOURCE, createSource: true, missing: 'deactivate', key: keyOfList(this.#form) };
  }

  /** Honest reads until nothing changes any more; then the store is the truth. */
  async #calm(): Promise<void> {
    for (let i = 0; i < CALM_READS; i++) {
      const { end, applied, runs } = await this.#read([]);
      if (i < 1 || end.state !== 'done') continue;
      const rows = honestRows(this.#sceneOfRows());
      const told = await this.#told(runs, rows);
      const numberless = await this.#numberless(applied);
      const excused = new Map([...told, ...[...this.#strangers].map((key) => [key, ''] as const)]);
      const after = await this.#see();
      const left = differences({ ...this.#scene(rows), excused, numberless, after });
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
      const externalId = this.#form.kind === 'graph' ? idOf(row) : idIn(this.#form, row);
      if (externalId === '') continue;
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
  async #told(runs: readonly string[], rows: readonly Written[]): Promise<Map<number, string>> {
    const ahead = this.#form.kind === 'list' || this.#form.kind === 'upload' ? 2 : 1;
    const told = new Map<number, string>();
    for (const run of runs) {
      const own = await toldPeople(this.#o.context.db.pool, run, (line) => rows[line - ahead]?.key);
      for (const [key, reason] of own) told.set(key, reason);
    }
    return told;
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
    escaped: verdict.escaped.length,
    strangers: verdict.strangers.length,
  };
}

function changed(before: Seeing, after: Seeing): boolean {
  return JSON.stringify([...before]) !== JSON.stringify([...after]);
}
