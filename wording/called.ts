/** The first words of a command line; a test holds them to the command tree. */
const VERBS = [
  ...['up', 'down', 'status', 'worker', 'db', 'config', 'help', 'import', 'mappings', 'runs'],
  ...['sources', 'connectors', 'users', 'orgs', 'properties', 'filters', 'enrollments', 'credits'],
  ...['courses', 'letters', 'announcements', 'notifications', 'campaigns', 'suppressions', 'mail'],
  ...[
    'bounces',
    'merges',
    'duplicates',
    'admins',
    'tokens',
    'audit',
    'alerts',
    'todo',
    'completion',
  ],
].join('|');
/** Text written by other people may stand in the quotes of a message, or in those of a shell. */
const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"|(?<=[\s=])'[^'\n]*'`;
const SAID = new RegExp(
  `${QUOTED}|(?<![\\w./@:\u0001-])(?<!npx |--[a-z-]+[ =])rollcall` +
    `(?= (?:(?:${VERBS})(?![\\w-])|--(?:help|version)\\b|\\[))`,
  'g',
);
/** Marks a word as data. No stored text contains the mark, because `printable` removes it. */
const GUARD = '\u0001';

/** Data within a text that {@link asCalled} rewrites: it stays unchanged. One line, `printable`. */
export function verbatim(text: string): string {
  return text.replaceAll('rollcall', `${GUARD}rollcall`);
}

/**
 * The text with each command as it works when it is pasted here. Everywhere, stored texts included,
 * a command is written `rollcall …`; `program` is what starts it (`howCalled` of the command line).
 * Text in quotes is not ours and stays.
 */
export function asCalled(text: string, program: string): string {
  const rewritten =
    program === 'rollcall'
      ? text
      : text.replace(SAID, (found) => (found === 'rollcall' ? program : found));
  return rewritten.replaceAll(GUARD, '');
}
