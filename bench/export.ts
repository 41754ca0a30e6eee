import { createWriteStream, rmSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { columnOfField } from '../domain/files/columns';
import { USER_FIELD_NAMES, USER_FIELDS, type UserField } from '../domain/users/fields';
import { rollcall } from './cli';
import { seconds } from './floor';
import { emptyStore, startBenchStack, type BenchStack } from './stack';

const HELP = `npm run bench -- export [options]

  --people N        people in the store (1000000)
  --properties N    custom properties, of which each person has all (20)
  --repeat N        rounds (3)
  --import          also imports the file, twice

One command writes everybody to a CSV file with every column that an import reads. Beside it: COPY of the same
columns to standard output, written to a file by this process. The target is 2.5 × that, in 200 MB.
With --import the file is imported (this links the people to their numbers), then once more: all unchanged.
`;

const ORGANIZATIONS = 50;

/** `npm run bench -- export`: the export of everybody beside a COPY of the same columns. */
export async function benchExport(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '1000000' },
      properties: { type: 'string', default: '20' },
      repeat: { type: 'string', default: '3' },
      import: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const [people, properties] = [number(values.people), number(values.properties)];
  const keys = Array.from({ length: properties }, (_, n) => `p${String(n + 1)}`);
  const stack = await startBenchStack();
  try {
    await fill(stack, { people, keys });
    const [file, copied] = ['people.csv', 'copied.csv'].map((name) =>
      join(stack.place.folder, name),
    );
    for (let round = 1; round <= number(values.repeat); round++) {
      const copy = await seconds(() => copyPeople(stack, { path: copied ?? '', keys }));
      const ran = await exportPeople(stack, file ?? '');
      tell(
        `${String(people)} people, ${String(properties)} properties: COPY ${copy.toFixed(2)} s, ` +
          `export ${ran.seconds.toFixed(2)} s, ${(ran.seconds / copy).toFixed(2)} x (target 2.5), ` +
          `${String(ran.peakMb)} MB (target 200), ${megabytes(file ?? '')} MB of file, ` +
          `load ${(loadavg()[0] ?? 0).toFixed(1)}`,
      );
      rmSync(copied ?? '');
      if (round < number(values.repeat)) rmSync(file ?? '');
    }
    if (values.import) await importTwice(stack, file ?? '');
  } finally {
    await stack.stop();
  }
}

function number(text: string): number {
  return Number(text.replaceAll('_', ''));
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function megabytes(path: string): string {
  return (statSync(path).size / 1e6).toFixed(0);
}

async function fill(
  { db }: BenchStack,
  { people, keys }: { readonly people: number; readonly keys: readonly string[] },
): Promise<void> {
  await emptyStore(db);
  await db.query(
    `insert into organization (id, code, code_key, name)
     select gen_random_uuid(), 'ORG' || n, 'org' || n, 'Organization ' || n
     from generate_series(1, $1::int) n on conflict do nothing`,
    [ORGANIZATIONS],
  );
  await db.query(
    `insert into property_definition (key, name, type) select k, k, 'text' from unnest($1::text[]) k
     on conflict do nothing`,
    [keys],
  );
  await db.query(
    `insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name, job_title,
       department, location, hire_date, organization_id, properties)
     select gen_random_uuid(), 'e' || n, m, m, m, m, 'First' || n, 'Last' || n, 'Engineer', 'Sales',
       'Graz', '2020-02-29', o.id, p.all
     from generate_series(1, $1::int) n
     cross join lateral (select 'e' || n || '@bench.example' as m) key
     join (select id, row_number() over () as at from organization) o on o.at = 1 + n % $2
     cross join (select coalesce(jsonb_object_agg(k, 'value of ' || k), '{}') as all
       from unnest($3::text[]) k) p`,
    [people, ORGANIZATIONS, keys],
  );
  await db.query(
    `update "user" u set manager_id = m.id from "user" m
     where m.code = 'e' || (1 + substr(u.code, 2)::int / 10) and m.id <> u.id`,
  );
  await db.query('vacuum analyze "user"');
  await db.query('checkpoint');
}

async function exportPeople(
  stack: BenchStack,
  path: string,
): Promise<{ readonly seconds: number; readonly peakMb: number | null }> {
  const ran = await rollcall(stack.place, ['users', 'export', '--csv', path, '--status', 'all']);
  if (ran.exit !== 0) throw new Error(`the export ended with ${String(ran.exit)}: ${ran.stderr}`);
  return { seconds: ran.ms / 1000, peakMb: ran.peakMb };
}

/** The columns of the export, as SQL over the same tables. */
function columns(keys: readonly string[]): string {
  const fields = USER_FIELD_NAMES.map((field) => `${valueOf(field)} as ${columnOfField(field)}`);
  return [...fields, ...keys.map((key) => `u.properties ->> '${key}' as "${key}"`)].join(', ');
}

function valueOf(field: UserField): string {
  const { column, kind } = USER_FIELDS[field];
  switch (kind) {
    case 'organization':
      return 'o.code';
    case 'manager':
      return 'coalesce(m.code, m.login, m.email)';
    default:
      return `u.${column}`;
  }
}

async function copyPeople(
  { db }: BenchStack,
  { path, keys }: { readonly path: string; readonly keys: readonly string[] },
): Promise<void> {
  const rows = db.query(
    copyTo(
      `copy (select ${columns(keys)} from "user" u left join organization o on o.id = u.organization_id
         left join "user" m on m.id = u.manager_id order by u.id) to stdout with (format csv, header)`,
    ),
  );
  await pipeline(rows, createWriteStream(path));
}

const document = z.object({
  runId: z.string(),
  state: z.string(),
  counts: z.record(z.string(), z.number()),
});

async function importTwice(stack: BenchStack, path: string): Promise<void> {
  for (const time of ['first', 'second']) {
    const ran = await rollcall(stack.place, ['import', path, '--json']);
    let { runId, state, counts } = document.parse(JSON.parse(ran.stdout));
    if (state === 'held') {
      const approved = await rollcall(stack.place, ['runs', 'approve', runId, '--json']);
      ({ runId, state, counts } = document.parse(JSON.parse(approved.stdout)));
    }
    tell(
      `${time} import: ${state}, ${JSON.stringify(counts)}, ${(ran.ms / 1000).toFixed(1)} s until the plan`,
    );
  }
}
