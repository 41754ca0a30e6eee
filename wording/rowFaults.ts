import { isZeroDate } from '../domain/dates';
import { formatsOf, hasShortYear } from '../domain/files/dateForms';
import { EXTRA_TOKEN, MISSING_TOKEN } from '../domain/files/tokens';
import type { RowFaultCode, RowFaultFacts } from '../domain/files/rowFaults';
import { isPasteable, shellWord, shown } from '../domain/shown';
import { organizationCommand } from './organizationCommand';
import type { Words } from './messages/words';

/** What is wrong with a row. A row of a system is corrected in that system. */
export const ROW_FAULT_WORDS = {
  missing_key: ({ polled }) =>
    polled
      ? 'The record has no id that can be stored. Correct it at the source.'
      : 'The row has no code, login or e-mail address: give it one.',
  missing_value: () => 'The record has no value for this required field. Fill it in at the source.',
  not_confirmed: () =>
    'This person is not in the list, but when asked by id the source does not say that they are gone. Look at the source, then sync again.',
  too_few_cells: (o) =>
    `${width(o)}: ` +
    (o.backslash
      ? 'the line goes on behind a backslash, as databases write it. Import the file with --escape backslash.'
      : 'a line break may have cut the line in two. Put a cell that holds one in double quotes, or add the missing cells.'),
  too_many_cells: (o) =>
    `${width(o)}: put a cell that holds the delimiter in double quotes, or take the extra ones out.`,
  unnamed_cell: ({ place }) =>
    `The row has a value in column ${String(place)}, which has no name: put it into its column, or take it out.`,
  cell_too_long: ({ polled, chars, most }) =>
    polled
      ? `The value has ${String(chars)} characters; at most ${String(most)} are allowed. Shorten it at the source.`
      : `The cell has ${String(chars)} characters; at most ${String(most)} are allowed. Shorten it.`,
  nul_byte: () => 'The cell holds a NUL byte: take it out.',
  control_character: ({ polled, char }) =>
    polled
      ? 'The value holds control characters. Correct it at the source.'
      : `The cell holds the control character ${char ?? ''}: take it out.`,
  cannot_clear: () => 'This field cannot be cleared: give a value, or leave the cell empty.',
  unmended_cell: ({ columns, cells }) => {
    const more = cells - columns.length;
    const names = columns.map(shown).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
    const [what, holds] =
      cells === 1 ? ['The cell', 'holds'] : [`${String(cells)} cells (${names})`, 'hold'];
    return (
      `${what} still ${holds} ${MISSING_TOKEN} or ${EXTRA_TOKEN}: ` +
      'put every value of the row into its column, and leave empty what has none.'
    );
  },
  bad_value: ({ polled, value }) =>
    polled ? `${shown(value)} is not a value of this field.` : 'Not a text.',
  bad_email: ({ polled, value }) =>
    `${shown(value)} is not an e-mail address: ` +
    (polled ? 'correct it at the source.' : 'correct it, or leave the cell empty.'),
  bad_key: badKey,
  rounded_key: ({ polled, value }) =>
    `${shown(value)} is a rounded number, so the digits of this code or login are lost: ` +
    (polled
      ? 'correct it at the source.'
      : 'write the file again with this column as text (in Excel, the format Text; in R, ' +
        'format(x, scientific = FALSE)).'),
  lost_letters: ({ polled }) =>
    'The letters of the name are lost (? or \ufffd stands for them): a program on the way could not read or write them. ' +
    (polled ? 'Correct it at the source.' : 'Write the file again in UTF-8.'),
  not_a_person: () =>
    'The row has neither a name nor an e-mail address, which nearly all rows of this file have, so ' +
    'it is probably no person (a total, a note). Leave the line out; if it is a person, give the ' +
    'row a name or an e-mail address.',
  bad_date: badDate,
  crossed_days: () =>
    'The last day is before the first day, so it is not clear whether the person left or is back. ' +
    'Correct one of the days, or give the row a status.',
  bad_boolean: ({ polled, value }) =>
    `${shown(value)} is neither true nor false${polled ? '.' : ' (yes, no, 1, 0).'}`,
  bad_number: ({ polled, value, range }) => {
    if (polled) return `${shown(value)} is not a number.`;
    return range
      ? `${shown(value)} is out of range: it cannot be kept as it is written.`
      : `${shown(value)} is not a number: write digits only, such as 1250 or 12.5.`;
  },
  unknown_status: ({ polled, value, words, mapped }) => {
    if (polled) return `The connector does not know the status ${shown(value)}.`;
    const what = `${shown(value)} is neither active nor inactive: write one of them, or `;
    if (mapped) return `${what}give it a meaning in the --map of the first such message.`;
    // No meaning is proposed, because a pasted one made leavers active.
    return (
      `${what}map ${words === undefined ? 'it' : 'all unknown words of this file'}, ` +
      `--map '${(words ?? [value]).map(statusMeaning).join(',')}' with active or inactive for ` +
      `${words === undefined ? '' : 'each '}MEANING.`
    );
  },
  unknown_organization: ({ polled, value }) =>
    polled
      ? `No organization has the code or name ${shown(value)}: create it (rollcall orgs create), then sync again.`
      : `No organization has the code or name ${shown(value)}: correct it, or create it ` +
        `(${organizationCommand(value)}) and import these rows again.`,
  archived_organization: ({ polled, value }) =>
    `The organization ${shown(value)} is archived, so nobody new comes into it: ` +
    `${polled ? 'correct it at the source' : 'name another one'}, ` +
    `or let people in again (rollcall orgs archive ${shellWord(value)} --undo).`,
  archived_property: ({ polled, value }) =>
    `The property ${shown(value)} is archived, so nobody gets a new value in it: ` +
    `${polled ? 'map it no longer' : 'leave the column out'}, ` +
    `or let people have values again (rollcall properties archive ${value} --undo).`,
  missing_cell: () => 'The row needs a value in this column: give it one.',
  bad_record_value: ({ value, wanted }) => `${shown(value)} is not ${wanted}: correct it.`,
  unknown_user: ({ value }) =>
    `No user has the code, login, e-mail address or id ${shown(value)}: correct it, or create the user first.`,
  several_users: ({ value }) =>
    `${shown(value)} leads to several users, because the code of one is the login or the e-mail address of another. Name the user by id.`,
  unknown_course: ({ value }) =>
    `There is no course ${shown(value)}: correct it, or create it with \`npx rollcall courses create\`.`,
  archived_course: ({ value }) =>
    `The course ${shown(value)} is archived, so nobody new is enrolled: leave the row out, or take the course up again with \`npx rollcall courses archive --undo\`.`,
  rows_differ: ({ line }) =>
    `Line ${String(line)} is about the same person and course and says something else. Leave one of the rows out.`,
} as const satisfies Words<RowFaultCode>;

function badDate({ polled, value, format }: RowFaultFacts['bad_date']): string {
  const what = `${shown(value)} is not a date`;
  const formats = formatsOf(value).filter((other) => other !== format);
  if (polled) {
    const [first] = formats;
    return first === undefined
      ? `${what}: correct it at the source.`
      : `${what} as its field is declared: write its form into the connection file ` +
          `("to": "date", "format": "${first}"), or correct it at the source.`;
  }
  const written = `${what} written as ${format}`;
  if (isZeroDate(value)) {
    return `${written}: correct it, or say that it means no date: --null '${value}'.`;
  }
  if (hasShortYear(value)) return `${written}: write its year with four digits.`;
  if (formats.length === 0) return `${written}: correct it.`;
  const options = formats.map((other) => `--date-format ${shellWord(other)}`);
  return `${written}. Import the file with the format that it has: ${options.join(' or ')}.`;
}

function width({ cells, columns }: RowFaultFacts['too_few_cells']): string {
  return `The row has ${String(cells)} ${cells === 1 ? 'cell' : 'cells'} and the header ${String(columns)}`;
}

/** The entry of a map for an unknown word. */
export function statusMeaning(word: string): string {
  return `status:"${isPasteable(word) ? word.replaceAll('"', '""') : '…'}"=MEANING`;
}

function badKey({ polled, value, char, most }: RowFaultFacts['bad_key']): string {
  if (polled) {
    return `${shown(value)} cannot be a code or login: it is too long, or holds a tab, a line break or an invisible character.`;
  }
  return (
    `${shown(value)} ` +
    (char === undefined
      ? `is longer than ${String(most)} characters: shorten it.`
      : `holds the invisible character ${char}: take it out.`)
  );
}
