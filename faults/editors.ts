import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Fault } from '../domain/faults';
import { createUser, editUser } from '../operations/users/userEdits';
import { userHistory } from '../operations/users/userHistory';
import { showUser } from '../operations/users/users';
import type { OperationContext } from '../operations/context';
import { chanceOf } from './chance';
import { openStores } from './sync/stores';

const HELP = `npm run faults -- editors [options]

Two admins look at the same person and then edit the same or another field of it at the same moment, each
with the version that was seen. Exactly one must win; the other must be told the version, the field, the
value and who changed it; and the history must have one edit more.

  --trials N     rounds (500)
  --seed S       other rounds (1)
`;

const FIELDS = ['jobTitle', 'department', 'location', 'lastName'] as const;

/** What one round is wrong about; nothing when it is as it must be. */
export async function tryRound(
  editors: readonly OperationContext[],
  o: { readonly user: string; readonly round: number; readonly seed: number },
): Promise<readonly string[]> {
  const [reader] = editors;
  if (reader === undefined) throw new Error('a round needs editors');
  const { version } = await showUser(reader, o.user);
  const before = (await userHistory(reader, { user: o.user, limit: 1000 })).events.length;
  const edits = editors.map(async (editor, n) => {
    const random = (what: string): number => chanceOf(o.seed, o.round, n, what);
    const field = FIELDS[Math.floor(random('field') * FIELDS.length)] ?? 'jobTitle';
    const value = `${String(o.round)} ${String(n)}`;
    // Sometimes one of them is a little late.
    if (random('late') < 0.5) {
      await new Promise((resolve) => setTimeout(resolve, random('by') * 10));
    }
    try {
      await editUser(editor, { user: o.user, set: { [field]: value }, ifVersion: version });
      return { field, value, fault: undefined };
    } catch (fault) {
      return { field, value, fault };
    }
  });
  const ends = await Promise.all(edits);
  const winners = ends.filter(({ fault }) => fault === undefined);
  const [winner] = winners;
  if (winner === undefined || winners.length > 1) return [`${String(winners.length)} won`];
  const after = await showUser(reader, o.user);
  const { events } = await userHistory(reader, { user: o.user, limit: 1000 });
  return [
    ...(after[winner.field] === winner.value ? [] : ["the winner's value is not there"]),
    ...(after.version === version + 1 ? [] : [`the version is ${String(after.version)}`]),
    ...(events.length === before + 1
      ? []
      : [`${String(events.length - before)} edits are recorded`]),
    ...ends.flatMap(({ fault }) =>
      fault === undefined ? [] : wrongIn(fault, winner, version + 1),
    ),
  ];
}

function wrongIn(
  fault: unknown,
  { field, value }: { readonly field: string; readonly value: string },
  version: number,
): string[] {
  if (!(fault instanceof Fault) || fault.code !== 'user_changed')
    return [`lost by ${String(fault)}`];
  const said = JSON.stringify(fault.details);
  const named = [
    `"version":${String(version)}`,
    `"field":"${field}"`,
    `"value":"${value}"`,
    '"by":"',
  ];
  return named.filter((part) => !said.includes(part)).map((part) => `not told ${part}: ${said}`);
}

/** The campaign of two editors; returns the exit code. */
export async function editorFaults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [rounds, seed] = [Number(values.trials), Number(values.seed)];
  const stores = await openStores(1);
  try {
    const [first] = stores.contexts;
    if (first === undefined) throw new Error('there is no store');
    const second = { ...first, actorId: await secondAdmin(first) };
    await createUser(first, { set: { code: 'E-1', lastName: 'Berg' } });
    let wrong = 0;
    for (let round = 1; round <= rounds; round++) {
      const editors = chanceOf(seed, round) < 0.5 ? [first, second] : [second, first];
      const told = await tryRound(editors, { user: 'E-1', round, seed });
      wrong += told.length === 0 ? 0 : 1;
      for (const what of told) process.stderr.write(`round ${String(round)}: ${what}\n`);
    }
    process.stdout.write(
      `${String(rounds)} rounds of two editors, seed ${String(seed)}: exactly one won and the other was told in ${String(rounds - wrong)}, wrong ${String(wrong)}\n` +
        `${new Date().toISOString().slice(0, 10)} · ${String(cpus().length)} cores, Node ${process.versions.node}\n`,
    );
    return wrong === 0 ? 0 : 1;
  } finally {
    await stores.close();
  }
}

async function secondAdmin({ db }: OperationContext): Promise<string> {
  const { rows } = await db.pool.query<{ id: string }>(
    `insert into admin (id, name, level) values (gen_random_uuid(), 'second', 'admin') returning id`,
  );
  return rows[0]?.id ?? '';
}
