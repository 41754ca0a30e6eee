import { DATE_FORMATS } from '../../domain/dates';

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
  // Edits by hand keep their values, so that one that is overwritten is known, too.
  {
    old: /("firstName": "Anna",\n(\s+)"manager": "E1")(\n\s+\},\n\s+"changes": null)/,
    now: '$1,\n$2"hireDate": "2020-02-29"$3',
  },
  // Mails say in words why a run is on hold; the line is too long for seven bits.
  {
    old: /Content-Transfer-Encoding: 7bit((?:\r\n[^\r\n]*){5}\r\n) {2}creations: 2, limit 1\r\n/,
    now: 'Content-Transfer-Encoding: quoted-printable$1  creations: 2 people would be created. More than=\r\n 1 at once need your approval.\r\n',
  },
  {
    old: /(\w+)(\\?") is a list, which comes from files: it is not polled and has no settings\. How it stands is told by rollcall sources list, its runs by the next command\./g,
    now: '$1$2 is filled from CSV files: only its time zone, its gates and its rule for two rows can be set. Its imports: rollcall runs list --source $1',
  },
  // Tokens came later.
  {
    old: /(knows no \\"rain\\": held, quarantined, failed, overdue, conflicts)\./,
    now: '$1, token_ending, token_recovered, campaign_held, campaign_paused, campaign_unknown.',
  },
  {
    old: 'is there already; --force writes over it.',
    now: 'already exists; --force overwrites it.',
  },
  {
    old: 'Nobody is the own manager.',
    now: 'A user cannot be their own manager.',
  },
  {
    old: 'has no number to set: what it holds can be approved.',
    now: 'has no number to set; a run that it puts on hold can be approved.',
  },
  {
    old: 'Say who: USERS, --filter or --saved; and how many: --expect N or --yes.',
    now: 'Name the users (USERS, --filter or --saved), and how many they are (--expect N or --yes).',
  },
  {
    old: /"(Europe\/Vienne)(\\?)" is no time zone; one is Europe\/Vienna\./g,
    now: '"$1$2" is no time zone of the IANA list; it may mean Europe/Vienna.',
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
  { old: 'The managers lead round in a circle: ', now: 'The managers form a circle: ' },
  { old: ' is named as their own manager. ', now: ' is their own manager. ' },
  {
    old: 'It is set as the file says. To break it, name another',
    now: 'It is imported like that. You probably want to change it: name another',
  },
  {
    old: 'It is so since an earlier file. To break it, name another',
    now: 'It was imported like that from an earlier file. You probably want to change it: name another',
  },
  {
    old: 'The row names nobody: give it a code, a login or an e-mail address',
    now: 'The row has no code, login or e-mail address: give it one',
  },
  {
    old: ' is not a day of the calendar as YYYY-MM-DD: correct it, or name the format (--date-format)',
    now: ' is not a date written as YYYY-MM-DD: correct it',
  },
  { old: /\) and retry these rows/g, now: ') and import these rows again' },
  {
    old: / is not a day of the calendar as (\S+): correct it/g,
    now: ' is not a date written as $1: correct it',
  },
  // The date there, 31.12.2020, is of another format.
  {
    old: ' is not a date written as DD/MM/YYYY: correct it',
    now: ' is not a date written as DD/MM/YYYY. Import the file with the format that it has: --date-format DD.MM.YYYY',
  },
  {
    old: ' is not an e-mail address: mend it in the source',
    now: ' is not an e-mail address: correct it at the source',
  },
  {
    old: ' was changed since and stays as it is',
    now: ' stays as it is, because it was changed after that run, or another user keeps the earlier value',
  },
  {
    old: /Nobody counts as missing: ([a-z ]+)/g,
    now: 'The list was not proved complete ($1), so nobody counts as missing',
  },
  {
    old: /No column of this file is read as ([^;]+); in the last one \(run (<id \d+>)\) (\d+ of \d+) rows had a value for it\. What people have there stays as it is\. Left out by mistake: import the file/g,
    now: 'This file has no column $1; the last one (run $2) had a value for it in $3 rows. Those values stay as they are. If it was left out by mistake, import the file',
  },
  ...(
    [
      ['3', 'Ada Byron (number E1)'],
      ['4', 'Edsger Dijkstra (number E3)'],
      ['7', 'Barbara Liskov (number E4)'],
    ] as const
  ).map(([id, name]) => ({
    old: new RegExp(
      `User <id ${id}> has the (\\S+) of this row, but is known to this source under another id\\. ` +
        'The same person: (.+?); somebody else, who goes without it: ',
      'g',
    ),
    now:
      `${name} already has the $1 of this row, but another number at this source. ` +
      'If it is the same person: $2; if it is a different person, who is then created without $1: ',
  })),
  {
    old: /from line (\d+) on, name the organization (.+?), which is not there\. (.+?), then retry these rows/g,
    now: 'the first in line $1, name the organization $2, which does not exist. $3, then import these rows again',
  },
  { old: /has the same (\S+), but another number: /g, now: 'has the same $1 but another number: ' },
  {
    old: 'so neither row was taken: correct one of them',
    now: 'so neither row was imported. Correct one of them',
  },
  {
    old: 'so both rows are about one person, and they say different things. Keep one',
    now: 'so both rows are about one person, but they differ. Keep one',
  },
  { old: 'Settled by ', now: 'Resolved by ' },
  { old: ': the row is somebody new (run ', now: ': the row is a new person (run ' },
  {
    old: /neither in this (file|read) nor in the store: the manager of this person stays as it is\. A file with a row for that code sets it: /g,
    now: 'neither in this $1 nor among the users, so the manager of this person stays as it is. Import a row of that person, and the manager is filled in: ',
  },
  { old: /Nobody has the code (\\?"+)/g, now: 'Nobody has the number, e-mail or login $1' },
  {
    old: 'Import a row with that code, and the manager',
    now: 'Import a row of that person, and the manager',
  },
  {
    old: /1 person stays active: whom a hand protected, no source deactivates \(rollcall users protect USER --off ends that\)\. Whose: (rollcall runs diff .+? --action kept)/g,
    now: '1 person is protected and stays active. To see them: $1; to end a protection: rollcall users protect USER --off',
  },
  {
    old: /1 field of 1 person kept as set by hand \((.+?)\)\. Whose: /g,
    now: '1 field of 1 person was set by hand earlier and is not overwritten ($1). To see them: ',
  },
  { old: ' no value in any cell: passed over', now: ' no value in any cell and are left out' },
  { old: ' is not known and was passed over', now: ' is not known and was not imported' },
  {
    old: 'creations, updates, first_link, empty_read',
    now: 'creations, updates, renumbered, rejected_before, first_link, empty_read',
  },
  {
    old: 'ID, --entry <n> and one of --user <user>, --create, --skip are missing.',
    now: 'ID and one of --entry <n>, --renumbered, --all-by email are missing.',
  },
  // Files have a rule for several rows about one person.
  {
    old: /(about one person, but they differ\. Keep one of them)/g,
    now: '$1; or, where people have several rows, say which one counts: --two-rows first, last or COLUMN=VALUE',
  },
  {
    old: /(neither row was imported\. Correct one of them, or leave its \w+ empty)/g,
    now: '$1; or, where people have several rows, say which one counts: --two-rows first, last or COLUMN=VALUE',
  },
  {
    old: 'utf-16be, windows-1252, iso-8859-2, shift_jis',
    now: 'utf-16be, windows-1252, macintosh, iso-8859-2, shift_jis',
  },
  // A file that is not UTF-8 shows its first odd word. The import's own document names its file.
  {
    old: /(the bytes are not UTF-8\.)(",| Save the file as UTF-8)/g,
    now: '$1 The word there is \\"Zoë\\" in windows-1252.$2',
  },
  {
    old: /^( {2}"reason".+ | {4}"next": ")Save the file as UTF-8, or name its encoding: --encoding/gm,
    now: '$1If \\"Zoë\\" is right: rollcall import <folder>/latin1.csv --encoding',
  },
  {
    old: /Save the file as UTF-8, or name its encoding: --encoding/g,
    now: 'If \\"Zoë\\" is right: rollcall import FILE --encoding',
  },
  {
    old: 'Write each of YYYY, MM and DD once, such as DD.MM.YYYY or MM/DD/YYYY.',
    now: `Write each of YYYY, MM and DD once. Forms: ${DATE_FORMATS}.`,
  },
  // That would replace what was typed, and a schedule that is kept.
  {
    old: /"next": "rollcall sources schedule hr --every 1h"/g,
    now: '"next": "rollcall sources schedule hr --help"',
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
