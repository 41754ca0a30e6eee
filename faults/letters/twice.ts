import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { chanceOf } from '../chance';
import { kill } from '../rig';
import { inTurns } from './inTurns';
import { endOf, send, sentUpTo, WINDOW, workflowOf, type Sending } from './play';

/** Ways in which one letter may be sent by two; each returns what is wrong. */
const TWICE = {
  commands: { title: 'two commands at once', rounds: 50, play: twoCommands },
  stops: { title: 'two workers, stopped and woken', rounds: 20, play: stopsAndWakes },
  resets: { title: 'the workflow is reset', rounds: 5, play: resets },
} as const;
const TWICE_NAMES = ['commands', 'stops', 'resets'] as const satisfies (keyof typeof TWICE)[];

interface TwiceInput extends Sending {
  readonly seed: string;
  readonly rounds: number;
}

/** Plays all of them; returns the exit code. */
export async function allTwice(o: Omit<TwiceInput, 'rounds'>): Promise<number> {
  return inTurns(TWICE_NAMES, {
    columns: { what: '---', rounds: '--:' },
    play: async (kind) => {
      const { title, rounds, play } = TWICE[kind];
      await o.rig.ready();
      const journal = o.rig.path(`twice-${kind}`);
      await o.mail.journal(journal, { seed: `${o.seed}/${kind}`, faulty: false });
      return { cells: [title, rounds], wrong: await play({ ...o, rounds }) };
    },
  });
}

/** The same letter to the same people, by two commands at the same moment. */
async function twoCommands({ rig, mail, rounds }: TwiceInput): Promise<string[]> {
  const text = rig.write('letter.txt', 'Dear {{ user.firstName }}\n');
  const wrong: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const name = `twice ${String(round)}`;
    const made = await rig.run(
      ...['letters', 'create', '--name', name, '--subject', name, '--text', `@${text}`],
    );
    if (made.exit !== 0) throw new Error(`letters create: ${made.stderr}`);
    const before = mail.lines().length;
    const order = ['letters', 'send', name, '--filter', 'code sw "P1"', '--yes', '--json'];
    const both = await Promise.all([order, order].map((args) => rig.begin(...args).ended));
    const lines = mail.lines().slice(before);
    const got = new Set(lines.filter(({ taken }) => taken).map(({ rcpt }) => rcpt));
    const [sent] = await rig.sql<{ n: number }>(
      `select count(*)::int as n from "user" where code like 'P1%'`,
    );
    const exits = both.map(({ exit }) => exit).sort();
    if (exits[0] !== 0 || exits[1] === 0)
      wrong.push(`round ${String(round)}: exits ${exits.join(', ')}`);
    if (got.size !== (sent?.n ?? 0) || lines.length !== got.size) {
      wrong.push(
        `round ${String(round)}: ${String(lines.length)} letters to ${String(got.size)} of ${String(sent?.n)} people`,
      );
    }
  }
  return wrong;
}

/** So slow that letters of both workers are on their way whenever one of them is stopped. */
const SLOW_MS = 2_000;

/** A second worker; then one of both is stopped again and again, and wakes; twice for longer than a claim lasts. */
async function stopsAndWakes(o: TwiceInput): Promise<string[]> {
  const { rig } = o;
  const second = rig.begin('worker');
  try {
    await sleep(5_000);
    await o.mail.pace(SLOW_MS);
    const id = await send(rig, 'stops');
    for (let round = 0; round < o.rounds; round += 1) {
      const pid = round % 2 === 0 ? rig.pidOf('worker') : (second.child.pid ?? 0);
      await sleep(500 + 1_500 * chanceOf(o.seed, 'stop', round));
      kill(pid, 'SIGSTOP');
      await sleep(round % 10 === 9 ? 130_000 : 500 + 4_000 * chanceOf(o.seed, 'wake', round));
      kill(pid, 'SIGCONT');
    }
    await o.mail.pace(0);
    return (await endOf(o, { id, claimed: WINDOW * Math.ceil(o.rounds / 10) })).wrong;
  } finally {
    second.child.kill('SIGTERM');
    await second.ended;
  }
}

/** The workflow goes back to its beginning while its letters are under way. */
async function resets(o: TwiceInput): Promise<string[]> {
  const { rig } = o;
  const id = await send(rig, 'resets');
  const workflowId = await workflowOf(rig, id);
  for (let round = 1; round <= o.rounds; round += 1) {
    await sentUpTo(o, { id, count: (round / (o.rounds + 1)) * o.recipients });
    await rig.temporal(async (client) => {
      const { runId } = await client.workflow.getHandle(workflowId).describe();
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
      await client.workflowService.resetWorkflowExecution({
        namespace: client.options.namespace,
        workflowExecution: { workflowId, runId },
        reason: 'a campaign of faults',
        requestId: randomUUID(),
        workflowTaskFinishEventId: first?.eventId ?? null,
      });
    });
  }
  return (await endOf(o, { id, claimed: 0 })).wrong;
}
