/** The first words of a command line; a test holds them to the command tree. */
const VERBS = [
  ...['up', 'down', 'status', 'worker', 'db', 'config', 'help', 'import', 'mappings', 'runs'],
  ...['sources', 'connectors', 'users', 'orgs', 'properties', 'filters', 'enrollments', 'credits'],
  ...['courses', 'letters', 'announcements', 'notifications', 'campaigns', 'suppressions', 'mail'],
  ...['admins', 'tokens', 'alerts'],
].join('|');
/** What somebody else wrote may stand in quotes of a message, or in those of a shell. */
const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"|(?<=[\s=])'[^'\n]*'`;
const SAID = new RegExp(
  `${QUOTED}|(?<![\\w./@:\u0001-])(?<!npx |--[a-z-]+[ =])rollcall` +
    `(?= (?:(?:${VERBS})(?![\\w-])|--(?:help|version)\\b|\\[))`,
  'g',
);
/** Stands before the word in what is data; no text of anybody holds it, as `printable` takes it out. */
const GUARD = '\u0001';

/** Data within a text that {@link asCalled} goes over: it stays as it is. One line, `printable`. */
export function verbatim(text: string): string {
  return text.replaceAll('rollcall', `${GUARD}rollcall`);
}

/**
 * The text with each command in it as it works when it is pasted here: everywhere, stored texts
 * included, a command is written `rollcall …`; `program` is what starts it (`howCalled` of the command line). What
 * stands in quotes is not ours and stays.
 */
export function asCalled(text: string, program: string): string {
  const told =
    program === 'rollcall'
      ? text
      : text.replace(SAID, (found) => (found === 'rollcall' ? program : found));
  return told.replaceAll(GUARD, '');
}
