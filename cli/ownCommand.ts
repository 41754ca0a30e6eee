import { Fault } from '../domain/faults';
import { splitMapEntries } from '../domain/files/mapping';
import { wordNext } from '../wording/next';
import { quoted } from '../domain/shown';
import type { Call } from './command';
import type { WordedRun } from './documents';

/** The options of `import` that a next step repeats, in this order; output options are left out. */
const REPEATED = [
  ...[
    'check',
    'source',
    'dry-run',
    'missing',
    'blank',
    'create',
    'update',
    'map',
    'ignore-unknown',
  ],
  ...[
    'key',
    'two-rows',
    'null',
    'delimiter',
    'encoding',
    'header-line',
    'escape',
    'date-format',
    'days',
    'gate',
    'reason',
  ],
  ...['retry-of', 'detach', 'timeout'],
  'yes',
];

/** `rollcall import FILE`, and the options that follow it. */
const OFFER =
  /rollcall import FILE((?: --[a-z-]+(?:[ =](?:'[^']*'|[^\s'(-](?:[^\s()]*[^\s().,;:])?))?)*)/g;
const OPTION = /--([a-z-]+)(?:[ =]('[^']*'|\S+))?/g;

/**
 * A text in which each offered `rollcall import FILE …` becomes the command that was given, with
 * its file and options. An offered option replaces the given one of that name, and an offered map
 * replaces that of the columns that were mapped.
 */
export function withOwnCommand(text: string, call: Pick<Call, 'args' | 'options'>): string {
  return text.replace(OFFER, (_, tail: string) => ownImport(call, tail));
}

function ownImport({ args, options }: Pick<Call, 'args' | 'options'>, tail: string): string {
  const offered = [...tail.matchAll(OPTION)].map(([, name = '', value]) => ({ name, value }));
  const isOffered = (name: string): boolean => offered.some((option) => option.name === name);
  const words = REPEATED.flatMap((name) => {
    const key = name.replace(/-([a-z])/g, (__, letter: string) => letter.toUpperCase());
    if (name === 'map') {
      const maps = options.list(key);
      return (isOffered(name) ? maps.flatMap(besideColumns) : maps).map((map) => option(name, map));
    }
    if (isOffered(name)) return [];
    if (options.flag(key)) return [`--${name}`];
    const text = options.text(key);
    return (text === undefined ? options.list(key) : [text]).map((value) => option(name, value));
  });
  const added = offered.map(({ name, value }) =>
    value === undefined ? `--${name}` : `--${name} ${value}`,
  );
  return ['rollcall import', ...args.map(quoted), ...words, ...added].join(' ');
}

/** With = in between, a value may begin with a dash. */
function option(name: string, value: string): string {
  return `--${name}${value.startsWith('-') ? '=' : ' '}${quoted(value)}`;
}

/** Names of mappings and maps of values: an offered map of columns does not repeat them. */
function besideColumns(map: string): string[] {
  return splitMapEntries(map).filter((entry) => {
    const outside = entry.replace(/"(?:[^"]|"")*"/g, '');
    return !outside.includes('=') || outside.includes(':');
  });
}

/** A run's document with next steps in the form of {@link withOwnCommand}. */
export function ownDocument(document: WordedRun, call: Call): WordedRun {
  const { error, next, reason } = document;
  const own = (text: string | null): string | null =>
    text === null ? null : withOwnCommand(text, call);
  return {
    ...document,
    next: own(next),
    reason: own(reason),
    ...(error === undefined ? {} : { error: { ...error, next: own(error.next) } }),
  };
}

/** Does the work; a fault's next step gets the form of {@link withOwnCommand}. */
export async function namingOwnCommand<T>(
  call: Pick<Call, 'args' | 'options'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.next === undefined) throw error;
    const { kind, code, message, ways } = error;
    const next = withOwnCommand(wordNext(error.next), call);
    throw new Fault(kind, { code, message, next, ways, cause: error.cause });
  }
}
