import { parseArgs } from 'node:util';
import { benchDatabase, startBenchStack, type BenchStack } from '../stack';
import { sendBare } from './bare';
import { benchFreezing, benchNotifying } from './freezing';
import { benchHistory } from './history';
import { benchInbox } from './inbox';
import { benchLimits, PER_SECOND } from './limits';
import { processorsOf, shares } from './processors';
import { addRecipients, addRecipientsTo } from './recipients';
import { createLetter, emptySink, oneLetter, sendToAll, sinkPort } from './sending';
import { inTurns, load, say, type Time } from './time';

const HELP = `npm run bench -- letters OPTION …

  --send N      a campaign of N letters, from its start to its end, beside a bare loop over a pool of
                nodemailer that composes them too, to the same sink (20000)
  --freeze N    freezing N recipients, beside the insert of their deliveries (1000000)
  --notify N    an announcement to N people, beside one hand-written insert (1000000)
  --inbox N     one person's list of notifications among N of all people (5000000)
  --history N   events, payloads and the worker's memory of one campaign of N recipients (100000)
  --limits N    what arrives in each second of N minutes, from four workers that may send 50 letters a
                second together (3; 10 with --full)
  --rounds N    ours and the floor in turns, ours N times (3); the medians are compared

Each figure has a stack of its own. Without an option all of them are measured.
`;
const SIZES = {
  send: 20_000,
  freeze: 1_000_000,
  notify: 1_000_000,
  inbox: 5_000_000,
  history: 100_000,
  limits: 3,
} as const;
const FULL_MINUTES = 10;
type Figure = keyof typeof SIZES;
const FIGURES = [
  'send',
  'freeze',
  'notify',
  'inbox',
  'history',
  'limits',
] as const satisfies Figure[];
/** `npm run bench -- letters` */
export async function benchLetters(args: readonly string[]): Promise<void> {
  const given = optionsOf(args);
  if (given === undefined) {
    process.stdout.write(HELP);
    return;
  }
  for (const figure of FIGURES) {
    const people = given.sizes.get(figure);
    if (people !== undefined) await measure(figure, { people, rounds: given.rounds });
  }
}

interface Sized {
  readonly people: number;
  readonly rounds: number;
}

const MEASURES: Readonly<Record<Figure, (stack: BenchStack, o: Sized) => Promise<void>>> = {
  send: benchSending,
  freeze: (stack, o) => inStore(stack, o, benchFreezing),
  notify: (stack, o) => inStore(stack, o, benchNotifying),
  inbox: (stack, { people }) => benchInbox(stack, people),
  history: (stack, { people }) => benchHistory(stack, people),
  limits: (stack, { people: minutes }) => benchLimits(stack, minutes),
};

/** The sink keeps every letter of the bench. */
const SETTINGS = { ROLLCALL_SINK_BYTES: '64000000000' };

async function measure(figure: Figure, o: Sized): Promise<void> {
  const stack = await startBenchStack({
    ...SETTINGS,
    ...(figure === 'limits' ? { ROLLCALL_SMTP_PER_SECOND: String(PER_SECOND) } : {}),
  });
  try {
    await MEASURES[figure](stack, o);
  } finally {
    await stack.stop();
  }
}

async function benchSending(stack: BenchStack, { people, rounds }: Sized): Promise<void> {
  await addRecipientsTo(stack, people);
  await createLetter(stack);
  say(`${String(people)} letters, ${load()}`);
  const { ours, floor } = await inTurns(rounds, {
    ours: async () => {
      const before = processorsOf(stack);
      const { seconds: passed } = await sendToAll(stack, people);
      say(
        `         ms of a processor for a letter: ${shares(before, processorsOf(stack), people)}`,
      );
      return { passed, computed: 0 };
    },
    floor: async () => {
      const letter = await oneLetter(stack);
      emptySink(stack);
      const before = processorsOf(stack);
      const passed = await sendBare({ port: sinkPort(stack), people, letter });
      say(
        `         ms of a processor for a letter: ${shares(before, processorsOf(stack), people)}`,
      );
      return { passed, computed: 0 };
    },
  });
  const rate = ({ passed }: Time): string =>
    `${Math.round(people / passed).toLocaleString('en')}/s`;
  const share = ((floor.passed / ours.passed) * 100).toFixed(0);
  say(`  ${rate(ours)}, bare loop ${rate(floor)}: ${share} % (target: at least 80)`);
}

async function inStore(
  stack: BenchStack,
  o: Sized,
  work: typeof benchFreezing | typeof benchNotifying,
): Promise<void> {
  const db = benchDatabase(stack.place.home, 4);
  try {
    await addRecipients(db, o.people);
    say(`${String(o.people)} people, ${load()}`);
    const { rows } = await db.pool.query<{ id: string }>('select id from admin limit 1');
    await work(db, { ...o, actorId: rows[0]?.id ?? '' });
  } finally {
    await db.close();
  }
}

interface Given {
  readonly sizes: ReadonlyMap<Figure, number>;
  readonly rounds: number;
}

/** Undefined: the help is asked for, or something is no number. */
function optionsOf(args: readonly string[]): Given | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      send: { type: 'string' },
      freeze: { type: 'string' },
      notify: { type: 'string' },
      inbox: { type: 'string' },
      history: { type: 'string' },
      limits: { type: 'string' },
      full: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  const sizes = new Map<Figure, number>();
  for (const figure of FIGURES) {
    const text = values[figure];
    if (text !== undefined) sizes.set(figure, Number(text));
  }
  const rounds = Number(values.rounds);
  const wrong = [...sizes.values(), rounds].some((n) => !Number.isInteger(n) || n < 1);
  if (values.help || wrong) return undefined;
  const sizeOf = (figure: Figure): number =>
    values.full && figure === 'limits' ? FULL_MINUTES : SIZES[figure];
  const all = new Map<Figure, number>(FIGURES.map((figure) => [figure, sizeOf(figure)]));
  return { sizes: sizes.size > 0 ? sizes : all, rounds };
}
