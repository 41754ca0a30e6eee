import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { blockKeys } from '../../domain/duplicates/blocks';
import { countTraits } from '../../domain/duplicates/counting';
import { Rarity } from '../../domain/duplicates/rarity';
import { packTraits, traitsOf, type DuplicatePerson } from '../../domain/duplicates/traits';
import type { Tx } from '../database/db';

/** People that one fetch brings. */
const BATCH_PEOPLE = 1_000;

/**
 * Sources that said in a complete read who is absent: whom such a source does not miss was in its last
 * read. A user may be known to one of them under a number of their own, and through accounts merged into it.
 */
const LISTED = `
  select coalesce(u.merged_into_id, u.id) as id, array_agg(distinct i.source_id::text) as sources
  from identity i
  join source s on s.id = i.source_id
    and (s.last_absence_run_id is not null or (s.kind = 'connector' and s.last_good_run_id is not null))
  join "user" u on u.id = i.user_id
  where i.missing_since_run_id is null and i.left_at is null
  group by 1`;

const PEOPLE = `
  select u.id, u.first_name as "firstName", u.last_name as "lastName", u.display_name as "displayName",
    u.email, u.login, u.phone, u.hire_date::text as "hireDate", u.organization_id as organization,
    u.job_title as "jobTitle", u.department, u.location,
    coalesce(l.sources, '{}') as "listedIn"
  from "user" u left join (${LISTED}) l on l.id = u.id
  where u.status <> 'merged' order by u.id`;

/** `duplicate_person(n, traits)` and `duplicate_key(key, block, n)`: everybody, and each of their blocks. */
const TABLES = `
  create temp table duplicate_person (n int not null, id uuid not null, traits text not null) on commit drop;
  create temp table duplicate_key (key bigint not null, block smallint not null, n int not null) on commit drop`;

/**
 * Reads everybody who is not merged once, and stores for each what is compared and the blocks. Returns how
 * frequent each value is. Memory does not grow with the number of people.
 */
export async function gatherPeople(tx: Tx, onProgress: (people: number) => void): Promise<Rarity> {
  const rarity = new Rarity();
  await tx.query(TABLES);
  await tx.query(`declare everybody no scroll cursor for ${PEOPLE}`);
  for (let first = 0; ; first += BATCH_PEOPLE) {
    const { rows } = await tx.query<DuplicatePerson>(
      `fetch ${String(BATCH_PEOPLE)} from everybody`,
    );
    const [people, keys] = encode(rows, { first, rarity });
    await copyLines(tx, 'duplicate_person (n, id, traits)', people);
    await copyLines(tx, 'duplicate_key (key, block, n)', keys);
    onProgress(first + rows.length);
    if (rows.length < BATCH_PEOPLE) break;
  }
  await tx.query('close everybody');
  await tx.query('analyze duplicate_person; analyze duplicate_key');
  return rarity;
}

function encode(
  rows: readonly DuplicatePerson[],
  o: { readonly first: number; readonly rarity: Rarity },
): readonly [people: string, keys: string] {
  let people = '';
  let keys = '';
  rows.forEach((row, at) => {
    const traits = traitsOf(row);
    countTraits(o.rarity, traits);
    const n = String(o.first + at);
    people += `${n}\t${row.id}\t${packTraits(traits)}\n`;
    for (const { number, key } of blockKeys(traits)) {
      keys += `${String(key)}\t${String(number)}\t${n}\n`;
    }
  });
  return [people, keys];
}

/** Copies lines in COPY's text form; the lines have nothing that needs escaping. */
export async function copyLines(tx: Tx, into: string, lines: string): Promise<void> {
  if (lines === '') return;
  const stream = tx.query(copyFrom(`copy ${into} from stdin`));
  const ended = finished(stream);
  if (!stream.write(lines)) await Promise.race([once(stream, 'drain'), ended]);
  stream.end();
  await ended;
}
