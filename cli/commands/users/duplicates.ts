import type { Command } from 'commander';
import type { DuplicateSearch } from '../../../client/users/duplicates';
import type { DuplicatePair } from '../../../domain/duplicates/pair';
import { action, commandLine, examples, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import { count, type Io } from '../../output';
import { progressBar } from '../../progress';
import { comparedText, pairLine, pairsHeader, pairsText } from '../../text/duplicates';
import { writeLong } from '../../writeFile';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

/** `rollcall users duplicates` and `rollcall duplicates dismiss` */
export function registerDuplicatesCommands(
  program: Command,
  { users, io }: { readonly users: Command; readonly io: Io },
): void {
  examples(
    users
      .command('duplicates')
      .description('pairs of users that may be one person; merges nobody')
      .option('--min <score>', 'only pairs with this score or more, 0 to 100 (default: 80)')
      .option(
        '--limit <n>',
        `at most this many (default: ${String(DEFAULT_LIMIT)}; with --csv: all)`,
      )
      .option('--csv <file>', 'write them to a file that merges import takes')
      .option('--force', 'overwrite a file that exists')
      .addHelpText('after', HELP)
      .action(action(io, duplicates)),
    'rollcall users duplicates',
    'rollcall users duplicates --min 90 --csv pairs.csv',
  );
  const commands = program
    .command('duplicates')
    .description('pairs of users that may be one person');
  examples(commands, 'rollcall duplicates dismiss 10042 20017');
  examples(
    commands
      .command('dismiss <user> <other>')
      .description('remember that two users are different people; the pair does not come again')
      .action(action(io, dismiss)),
    'rollcall duplicates dismiss 10042 20017',
    'rollcall duplicates dismiss anna@example.com a.meyer@example.com',
  );
}

const HELP = `
The score says how likely two users are one person: names with their short forms and mistakes, e-mail,
phone, first day, organization. What few people share says more than what many share. Pairs that a source
merged (sources set NAME --merged-people propose) come first. Look at the file of --csv, take out the lines
of different people, then: rollcall merges import FILE --dry-run
`;

async function duplicates(call: Call): Promise<Answer> {
  const { options } = call;
  const [min, limit, file] = [
    options.number('min'),
    options.number('limit', 1),
    options.text('csv'),
  ];
  if (min !== undefined && min > 100) throw usage('--min takes a score from 0 to 100.');
  if (file === undefined && limit !== undefined && limit > MAX_LIMIT) {
    throw usage(`--limit takes a number up to ${String(MAX_LIMIT)}; --csv writes all pairs.`);
  }
  const library = await call.rollcall();
  const bar = progressBar(call);
  const search = await library.duplicates.find({
    ...(min === undefined ? {} : { min }),
    onProgress: (phase, done, total) => {
      bar.show('running', { phase, done, total });
    },
  });
  try {
    if (file !== undefined) return await toFile(call, { file, search, limit: limit ?? Infinity });
    const pairs: DuplicatePair[] = [];
    for await (const pair of search) {
      pairs.push(pair);
      if (pairs.length >= (limit ?? DEFAULT_LIMIT)) break;
    }
    const { summary } = search;
    if (summary === null) throw new Error('a search without a summary');
    bar.stop();
    return { document: { pairs, ...documentOf(search) }, text: pairsText(pairs, summary) };
  } finally {
    bar.stop();
  }
}

function documentOf({ summary }: DuplicateSearch) {
  const { people = 0, comparisons = 0, pairs = 0, passedOver = [] } = summary ?? {};
  return { found: pairs, people, comparisons, passedOver };
}

interface Written {
  pairs: number;
  /** Pairs of somebody who is redundant in an earlier line: an import takes each of them once. */
  leftOut: number;
}

async function toFile(
  call: Call,
  o: { readonly file: string; readonly search: DuplicateSearch; readonly limit: number },
): Promise<Answer> {
  const { file, search } = o;
  const command = commandLine(call, 'rollcall users duplicates', ['min', 'limit']);
  const written: Written = { pairs: 0, leftOut: 0 };
  const interrupted = await writeLong(call, {
    file,
    pieces: lines(o, written),
    instead: (name) => `${command} --csv ${name}`,
  });
  if (interrupted !== null) return interrupted;
  const { summary } = search;
  const left =
    written.leftOut === 0
      ? ''
      : `${count(written.leftOut)} more ${written.leftOut === 1 ? 'pair is' : 'pairs are'} of people whose line is there already.\n`;
  return {
    document: { file, ...written, ...documentOf(search) },
    text: `${file}: ${written.pairs === 1 ? '1 pair' : `${count(written.pairs)} pairs`}\n${left}${summary === null ? '' : comparedText(summary)}`,
  };
}

async function* lines(
  { search, limit }: { readonly search: DuplicateSearch; readonly limit: number },
  written: Written,
): AsyncGenerator<string> {
  let header = pairsHeader();
  for await (const pair of search) {
    if (pair.redundantBefore) {
      written.leftOut += 1;
      continue;
    }
    written.pairs += 1;
    yield header + pairLine(pair);
    header = '';
    if (written.pairs >= limit) break;
  }
  if (header !== '') yield header;
}

async function dismiss(call: Call): Promise<Answer> {
  const [user = '', other = ''] = call.args;
  const library = await call.rollcall();
  const document = await library.duplicates.dismiss({ users: [user, other] });
  const text = document.already
    ? `They were dismissed already, on ${document.dismissedAt.slice(0, 10)}. Nothing is changed.\n`
    : 'They are remembered as different people, and do not come up as a pair again.\n';
  return { document, text };
}
