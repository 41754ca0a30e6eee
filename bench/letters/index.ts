import { parseArgs } from 'node:util';
import { benchDatabase, startBenchStack } from '../stack';
import { benchFreezing, benchNotifying } from './freezing';
import { benchInbox } from './inbox';
import { addRecipients } from './recipients';
import { load, say } from './time';

const HELP = `npm run bench -- letters OPTION …

  --freeze N    freezing N recipients, beside the insert of their deliveries (1000000)
  --notify N    an announcement to N people, beside one hand-written insert (1000000)
  --inbox N     one person's list of notifications among N of all people (5000000)
  --rounds N    ours and the floor in turns, ours N times (3); the medians are compared

Each figure has a stack of its own. Without an option all of them are measured.
`;
const SIZES = { freeze: 1_000_000, notify: 1_000_000, inbox: 5_000_000 } as const;
type Figure = keyof typeof SIZES;
const FIGURES = ['freeze', 'notify', 'inbox'] as const satisfies Figure[];
const MEASURES = { freeze: benchFreezing, notify: benchNotifying } as const;

/** `npm run bench -- letters` */
export async function benchLetters(args: readonly string[]): Promise<void> {
  const given = optionsOf(args);
  if (given === undefined) {
    process.stdout.write(HELP);
    return;
  }
  for (const figure of FIGURES) {
    const people = given.sizes.get(figure);
    if (people === undefined) continue;
    if (figure === 'inbox') await measureInbox(people);
    else await measure(figure, { people, rounds: given.rounds });
  }
}

async function measureInbox(notifications: number): Promise<void> {
  const stack = await startBenchStack();
  try {
    await benchInbox(stack, notifications);
  } finally {
    await stack.stop();
  }
}

async function measure(
  figure: keyof typeof MEASURES,
  o: { readonly people: number; readonly rounds: number },
): Promise<void> {
  const stack = await startBenchStack();
  const db = benchDatabase(stack.place.home, 4);
  try {
    await addRecipients(db, o.people);
    say(`${figure}: ${String(o.people)} people, ${load()}`);
    const { rows } = await db.pool.query<{ id: string }>('select id from admin limit 1');
    await MEASURES[figure](db, { ...o, actorId: rows[0]?.id ?? '' });
  } finally {
    await db.close();
    await stack.stop();
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
      freeze: { type: 'string' },
      notify: { type: 'string' },
      inbox: { type: 'string' },
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
  const all = new Map<Figure, number>(FIGURES.map((figure) => [figure, SIZES[figure]]));
  return { sizes: sizes.size > 0 ? sizes : all, rounds };
}
