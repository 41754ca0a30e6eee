import { keyOf, KEYS, type Key, type Outcome, type Read, type ReadRow, type World } from './types';

/** A row of another number that leaves a key to the active row. */
export interface Yielded {
  readonly row: ReadRow;
  readonly kind: Key;
  readonly key: string;
  readonly winner: ReadRow;
}

/** Which rows of a person count. */
export interface Judged {
  /** Rows that are out before matching. */
  readonly early: Map<number, Outcome>;
  /** A row that is out → the row that counts for its person. */
  readonly counts: Map<number, number>;
  readonly yielded: readonly Yielded[];
}

interface Group {
  readonly rows: readonly ReadRow[];
  /** The key that the rows claim; null: one number, or one user. */
  readonly claim: { readonly kind: Key; readonly key: string } | null;
  /** Rows of one user under two ids: without a row that counts, they are left to the matching. */
  readonly sameUser: boolean;
}

/**
 * Rows about one person share a number or, by identity, a user. The active one counts; else the rule says
 * which one does. Of rows that claim one login or e-mail, the inactive ones leave it to the active one.
 */
export function judgeRows(world: World, read: Read): Judged {
  const judge = new Judge(world, read);
  for (const row of read.rows) if (row.fault === true) judge.early.set(row.line, 'error');
  const groups = groupsOf(world, read);
  for (const group of groups.filter(({ claim }) => claim === null)) judge.sameNumber(group);
  const claims = groups.filter(({ claim }) => claim !== null);
  while (claims.map((group) => judge.sameKey(group)).some(Boolean));
  return {
    early: judge.early,
    counts: judge.counts,
    yielded: claims.flatMap((group) => judge.yieldsOf(group)),
  };
}

function groupsOf(world: World, read: Read): Group[] {
  const shared = new Map<string, ReadRow[]>();
  const add = (share: string, row: ReadRow): void => {
    shared.set(share, [...(shared.get(share) ?? []), row]);
  };
  for (const row of read.rows) {
    if (row.externalId !== null && row.keyReadable !== false) add(`id ${row.externalId}`, row);
    if (row.fault === true) continue;
    for (const kind of KEYS) {
      const value = row.values[kind];
      if (kind === read.key) continue;
      if (value !== undefined) add(`${kind} ${keyOf(kind, value)}`, row);
    }
    const user = world.identities.get(`${read.sourceId} ${row.externalId ?? ''}`);
    if (user !== undefined && world.people.get(user)?.mergedInto === null) add(`user ${user}`, row);
  }
  return [...shared].flatMap(([share, rows]) => {
    if (rows.length < 2) return [];
    const [what = '', ...rest] = share.split(' ');
    if (what === 'user' && new Set(rows.map(({ externalId }) => externalId)).size < 2) return [];
    const kind = KEYS.find((k) => k === what && k !== 'code');
    return [
      {
        rows,
        claim: kind === undefined ? null : { kind, key: rest.join(' ') },
        sameUser: what === 'user',
      },
    ];
  });
}

class Judge {
  readonly early = new Map<number, Outcome>();
  readonly counts = new Map<number, number>();

  constructor(
    private readonly world: World,
    private readonly read: Read,
  ) {}

  sameNumber({ rows, sameUser }: Group): void {
    const winner = rows.some(({ fault }) => fault === true) ? null : this.winner(rows, null);
    if (winner === null) {
      if (!sameUser) for (const row of rows) this.mark(row, 'conflict');
      return;
    }
    for (const row of rows) if (row !== winner) this.out(row, winner);
  }

  /** True when something new was found. */
  sameKey(group: Group): boolean {
    const rows = this.still(group);
    if (rows.length < 2) return false;
    const before = JSON.stringify([...this.early]);
    const winner = this.keyWinner(group, rows);
    for (const row of rows) {
      if (winner === null) this.mark(row, 'conflict');
      else if (row !== winner && !this.leaves(row, winner, rows)) this.out(row, winner);
    }
    return JSON.stringify([...this.early]) !== before;
  }

  yieldsOf(group: Group): Yielded[] {
    const rows = this.still(group);
    const { claim } = group;
    if (rows.length < 2 || claim === null) return [];
    const winner = this.keyWinner(group, rows);
    if (winner === null) return [];
    return rows
      .filter((row) => row !== winner && this.leaves(row, winner, rows))
      .map((row) => ({ row, ...claim, winner }));
  }

  private still({ rows }: Group): ReadRow[] {
    return rows.filter(({ line }) => this.early.get(line) !== 'skip');
  }

  private keyWinner({ claim }: Group, rows: readonly ReadRow[]): ReadRow | null {
    if (kinds(rows).length === 1) return rows[0] ?? null;
    if (rows.some(({ line }) => this.early.get(line) === 'conflict')) return null;
    return this.winner(rows, claim);
  }

  private winner(rows: readonly ReadRow[], claim: Group['claim']): ReadRow | null {
    const [only, second] = kinds(rows);
    if (second === undefined) return only ?? null;
    const unknown = rows.some(({ values }) => values['status'] === undefined);
    const active = unknown ? [] : kinds(rows.filter(({ values }) => values['status'] === 'active'));
    const rule = this.read.twoRows ?? null;
    const spare = rows.every(
      (row) => row.values['status'] !== 'inactive' || this.canDoWithout(row),
    );
    if (active.length === 1 && (claim === null || rule !== null || spare)) return active[0] ?? null;
    const pool = active.length > 0 ? rows.filter((row) => row.values['status'] === 'active') : rows;
    if (rule === 'first') return pool[0] ?? null;
    if (rule === 'last') {
      const last = pool[pool.length - 1];
      return rows.find((row) => last !== undefined && said(row) === said(last)) ?? null;
    }
    if (claim === null || unknown || active.length > 0 || !spare) return null;
    const holders = kinds(rows.filter((row) => this.has(row, claim)));
    return holders.length === 1 ? (holders[0] ?? null) : null;
  }

  private has(row: ReadRow, claim: { readonly kind: Key; readonly key: string }): boolean {
    const user = this.world.identities.get(`${this.read.sourceId} ${row.externalId ?? ''}`);
    const held = this.world.people.get(user ?? '')?.fields[claim.kind] ?? null;
    return held !== null && keyOf(claim.kind, held) === claim.key;
  }

  /** The row of a person who has left, who is left with a key of their own. */
  private leaves(row: ReadRow, winner: ReadRow, rows: readonly ReadRow[]): boolean {
    if (row.values['status'] !== 'inactive' || !this.canDoWithout(row)) return false;
    if (said(row) === said(winner)) return false;
    const decided =
      rows.every(({ values }) => values['status'] !== undefined) &&
      rows.some(({ values }) => values['status'] === 'active');
    return decided || (this.read.twoRows ?? null) === null;
  }

  /** A key that no other row claims; the code is never given up. */
  private canDoWithout(row: ReadRow): boolean {
    return KEYS.some((kind) => {
      const value = row.values[kind];
      if (value === undefined) return false;
      return (
        kind === 'code' ||
        !this.read.rows.some((other) => {
          const theirs = other.values[kind];
          return (
            other !== row &&
            other.fault !== true &&
            theirs !== undefined &&
            keyOf(kind, theirs) === keyOf(kind, value)
          );
        })
      );
    });
  }

  private out(row: ReadRow, winner: ReadRow): void {
    const same = said(row) === said(winner);
    this.mark(row, same ? 'duplicate' : 'skip');
    if (!same && !this.counts.has(row.line)) this.counts.set(row.line, winner.line);
  }

  private mark(row: ReadRow, outcome: 'conflict' | 'duplicate' | 'skip'): void {
    const strength = ['skip', 'duplicate', 'conflict', 'error'];
    const before = this.early.get(row.line);
    if (before !== undefined && strength.indexOf(before) >= strength.indexOf(outcome)) return;
    this.early.set(row.line, outcome);
  }
}

/** The first row of each kind of equal rows. */
function kinds(rows: readonly ReadRow[]): ReadRow[] {
  const first = new Map<string, ReadRow>();
  for (const row of rows) if (!first.has(said(row))) first.set(said(row), row);
  return [...first.values()];
}

/** All values of a row, for comparing two rows; the line is not part of it. */
function said(row: ReadRow): string {
  const values = Object.entries(row.values).filter(([, value]) => value !== undefined);
  return JSON.stringify([row.externalId, values.sort(), [...row.clears].sort()]);
}
