import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { rollcall } from './cli';
import { emptyStore, startBenchStack, type BenchStack } from './stack';

const HELP = `npm run bench -- bulk [options]

  --people N     people who are deactivated (100000)
  --repeat N     rounds (3)

One command deactivates everybody by a filter: chosen, planned, confirmed, applied, with an audit event for
each. Beside it, on the same tables: one UPDATE of the same people, and an INSERT of as many events. The
target is 1.5 × that, and 2 s.
`;

const document = z.object({ state: z.string(), counts: z.object({ deactivated: z.number() }) });

/** `npm run bench -- bulk`: the deactivation of many people beside the same by hand. */
export async function benchBulk(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'string', default: '100000' },
      repeat: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const people = Number(values.people);
  const stack = await startBenchStack();
  try {
    for (let round = 1; round <= Number(values.repeat); round++) {
      await fill(stack, people);
      const hand = await byHand(stack);
      await fill(stack, people);
      const command = await byCommand(stack, people);
      const target = 1.5 * hand + 2;
      process.stdout.write(
        `${String(people)} people: by hand ${hand.toFixed(2)} s, command ${command.toFixed(2)} s, ` +
          `target ${target.toFixed(2)} s, load ${(loadavg()[0] ?? 0).toFixed(1)}\n`,
      );
    }
  } finally {
    await stack.stop();
  }
}

async function fill({ db }: BenchStack, people: number): Promise<void> {
  await emptyStore(db);
  await db.query(
    `insert into "user" (id, code, login, login_key, email, email_key, first_name, last_name, department)
     select gen_random_uuid(), 'b' || n, m, m, m, m, 'First' || n, 'Last' || n, 'Bench'
     from generate_series(1, $1::int) n, lateral (select 'b' || n || '@bench.example' as m) k`,
    [people],
  );
  for (const table of ['"user"', 'audit_event', 'audit_value']) {
    await db.query(`vacuum analyze ${table}`);
  }
  await db.query('checkpoint');
}

async function byHand({ db }: BenchStack): Promise<number> {
  const start = process.hrtime.bigint();
  await db.query('begin');
  await db.query(
    `update "user" set status = 'inactive', deactivated_at = now(), deactivated_reason = 'by_hand',
       sticky = '{status}', version = version + 1, updated_at = now()`,
  );
  await db.query(
    `insert into audit_event (actor_id, door, action, subject_type, subject_id, fields)
     select a.id, 'cli', 'user.deactivate', 'user', u.id, '{status}' from "user" u cross join admin a`,
  );
  await db.query('commit');
  return Number(process.hrtime.bigint() - start) / 1e9;
}

async function byCommand({ place, db }: BenchStack, people: number): Promise<number> {
  const ran = await rollcall(place, [
    ...['users', 'deactivate', '--filter', 'department eq "Bench"'],
    ...['--expect', String(people), '--json'],
  ]);
  if (ran.exit !== 0) throw new Error(`${ran.stdout}${ran.stderr}`);
  const { state, counts } = document.parse(JSON.parse(ran.stdout));
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from audit_event where action = 'user.deactivate'`,
  );
  if (state !== 'done' || counts.deactivated !== people || rows[0]?.n !== people) {
    throw new Error(`it came to ${ran.stdout}, with ${String(rows[0]?.n)} events`);
  }
  return ran.ms / 1000;
}
