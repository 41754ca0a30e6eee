/**
 * A sentence that was changed on purpose: its words in the build that made the records of
 * `test/recorded/documents`, and its words today. The records are never edited; before the comparison the
 * new words take the place of the old ones. Codes, keys, counts, gates and exit codes never stand here.
 */
export interface Reworded {
  /** The sentence, or a part of one, without the escapes of JSON and CSV. */
  readonly old: string | RegExp;
  /** May refer to groups of `old` as `$1`, where that is a pattern. */
  readonly now: string;
}

/** In the order in which they are applied. */
export const REWORDED: readonly Reworded[] = [
  {
    old: 'is there already; --force writes over it.',
    now: 'already exists; --force overwrites it.',
  },
  {
    old: 'has no number to set: what it holds can be approved.',
    now: 'has no number to set; a run that it puts on hold can be approved.',
  },
  {
    old: 'Say who: USERS, --filter or --saved; and how many: --expect N or --yes.',
    now: 'Name the users (USERS, --filter or --saved), and how many they are (--expect N or --yes).',
  },
  // The operation's own sentence goes on with the nearest name, and stays.
  { old: ' is no type of source.', now: ' is not a type of source.' },
  {
    old: '--timeout is for waiting; --detach waits for nothing.',
    now: 'Give --timeout or --detach, not both: --detach does not wait.',
  },
  {
    old: 'a secret is never given on the command line, where others can see it; ',
    now: 'a secret does not belong on the command line, where others can see it. ',
  },
];

/** A record in the words of today. */
export function reworded(record: string, sentences: readonly Reworded[] = REWORDED): string {
  let text = record;
  for (const { old, now } of sentences) {
    if (typeof old !== 'string') {
      text = text.replace(old, now);
      continue;
    }
    for (const written of [asJson, asCsv]) text = text.replaceAll(written(old), () => written(now));
  }
  return text;
}

function asJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function asCsv(text: string): string {
  return text.replaceAll('"', '""');
}
