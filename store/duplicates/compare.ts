import { BLOCK_NAMES, MAX_BLOCK_PEOPLE } from '../../domain/duplicates/blocks';
import type { PassedOver } from '../../domain/duplicates/pair';
import { judge } from '../../domain/duplicates/judge';
import { EvidenceCounts, expectedPrior, learntPrior } from '../../domain/duplicates/prior';
import type { Rarity } from '../../domain/duplicates/rarity';
import { unpackTraits, type Traits } from '../../domain/duplicates/traits';
import type { Tx } from '../database/db';
import { indexed } from '../database/indexed';
import { copyLines } from './gather';

/** Blocks that one fetch brings: at most a few megabytes. */
const FETCHED_BLOCKS = 200;
const MAX_LINES_CHARS = 1 << 20;
/**
 * Pairs that are so far from being likely are not kept. A store in which everybody has a second account
 * still finds the pairs that it scores 60 and more.
 */
const UNLIKELY_BITS = 6;

export interface Compared {
  readonly comparisons: number;
  readonly passedOver: readonly PassedOver[];
  /** The odds, in bits, that two users taken at random are one person. */
  readonly prior: number;
}

/**
 * Compares the users of each block with each other. Leaves `duplicate_pair(a, b, bits, reasons)`: each pair
 * once, a before b. Needs the tables of `gatherPeople`.
 */
export async function comparePeople(
  tx: Tx,
  o: { readonly rarity: Rarity; readonly onProgress: (done: number, total: number) => void },
): Promise<Compared> {
  await tx.query(
    `create temp table duplicate_block on commit drop as
     select key, min(block) as block, count(*)::int as people from duplicate_key
     group by key having count(*) > 1`,
  );
  await indexed(tx, 'duplicate_block', ['key']);
  const passedOver = await tooLarge(tx);
  await tx.query(
    `create temp table duplicate_found (a uuid not null, b uuid not null, bits real not null, reasons text not null)
     on commit drop`,
  );
  const comparisons = await compareBlocks(tx, o);
  await tx.query(
    `create temp table duplicate_pair on commit drop as
     select distinct on (a, b) a, b, bits, string_to_array(reasons, ',') as reasons from duplicate_found
     order by a, b`,
  );
  await indexed(tx, 'duplicate_pair', ['a', 'b']);
  return { comparisons, passedOver, prior: await learn(tx, o.rarity.people) };
}

async function tooLarge(tx: Tx): Promise<readonly PassedOver[]> {
  const { rows } = await tx.query<{ number: number; groups: number; people: number }>(
    `select block as number, count(*)::int as groups, max(people) as people from duplicate_block
     where people > ${String(MAX_BLOCK_PEOPLE)} group by block order by block`,
  );
  return rows.flatMap(({ number, groups, people }) => {
    const block = BLOCK_NAMES[number];
    return block === undefined ? [] : [{ block, groups, people }];
  });
}

async function compareBlocks(
  tx: Tx,
  o: { readonly rarity: Rarity; readonly onProgress: (done: number, total: number) => void },
): Promise<number> {
  const usable = `people <= ${String(MAX_BLOCK_PEOPLE)}`;
  const { rows: counted } = await tx.query<{ n: number }>(
    `select count(*)::int as n from duplicate_block where ${usable}`,
  );
  const total = counted[0]?.n ?? 0;
  const least = -expectedPrior(o.rarity.people) - UNLIKELY_BITS;
  await tx.query(
    `set local cursor_tuple_fraction = 1;
     declare grouped no scroll cursor for
     select string_agg(p.traits, E'\\n') as people
     from duplicate_block b join duplicate_key k using (key) join duplicate_person p using (n)
     where b.${usable} group by b.key`,
  );
  let comparisons = 0;
  let lines = '';
  for (let done = 0; ;) {
    const { rows } = await tx.query<{ people: string }>(
      `fetch ${String(FETCHED_BLOCKS)} from grouped`,
    );
    for (const { people } of rows) {
      const traits = people.split('\n').map(unpackTraits);
      comparisons += (traits.length * (traits.length - 1)) / 2;
      lines += pairLines(traits, { rarity: o.rarity, least });
    }
    done += rows.length;
    o.onProgress(done, total);
    const isLast = rows.length < FETCHED_BLOCKS;
    if (isLast || lines.length > MAX_LINES_CHARS) {
      await copyLines(tx, 'duplicate_found (a, b, bits, reasons)', lines);
      lines = '';
    }
    if (isLast) break;
  }
  await tx.query('close grouped');
  return comparisons;
}

/** The pairs of one block that have at least `least` bits, in COPY's text form. */
function pairLines(
  traits: readonly Traits[],
  o: { readonly rarity: Rarity; readonly least: number },
): string {
  let lines = '';
  for (const [at, one] of traits.entries()) {
    for (let other = at + 1; other < traits.length; other++) {
      const two = traits[other];
      if (two === undefined) break;
      const [a, b] = one.id < two.id ? [one, two] : [two, one];
      const judged = judge(a, b, o);
      if (judged === undefined) continue;
      lines += `${a.id}\t${b.id}\t${judged.bits.toFixed(3)}\t${judged.reasons.join(',')}\n`;
    }
  }
  return lines;
}

async function learn(tx: Tx, people: number): Promise<number> {
  const { rows } = await tx.query<{ bits: number; pairs: number }>(
    `select round(bits)::int as bits, count(*)::int as pairs from duplicate_pair group by 1`,
  );
  const counts = new EvidenceCounts();
  for (const { bits, pairs } of rows) counts.add(bits, pairs);
  return learntPrior(people, counts);
}
