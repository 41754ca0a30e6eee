import type { FileCheck, FileFault } from '../../client/files/checks';
import { delimiterName } from '../../domain/files/delimiters';
import { printable, shown } from '../../domain/shown';
import { verbatim } from '../../wording/called';
import { count, table } from '../output';

/** Kinds of faults that are shown; the others are counted. */
const MAX_KINDS = 12;

const QUOTING: Readonly<Record<string, string>> = {
  backslash: 'backslash escapes',
  none: 'no quoting',
};

/** The check of a file for people: what was found, what is faulty, and how to import the file. */
export function checkText(check: FileCheck): string {
  const { file, encoding, delimiter, quoting, headerLine, columns, rows, faults, messages } = check;
  const how = [
    encoding,
    delimiterName(delimiter),
    ...(QUOTING[quoting] === undefined ? [] : [QUOTING[quoting]]),
    `header on line ${count(headerLine)}`,
    `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`,
  ];
  return [
    `${verbatim(printable(file))}: ${how.join(', ')}. Nothing was stored.\n`,
    table(
      ['column', 'field', 'filled'],
      columns.map(({ header, field, filled }) => [header, field ?? '- (passed over)', filled]),
    ),
    ...messages.map(
      ({ line, message }) => `${line === null ? '' : `Line ${count(line)}: `}${message}\n`,
    ),
    repeatsText(check.repeatedNumbers),
    managersText(check.managersElsewhere),
    faultsText(faults),
    `next: ${check.command}\n`,
    ...check.otherCommands.map((command) => `  or: ${command}\n`),
  ].join('');
}

function repeatsText({ rows, first }: FileCheck['repeatedNumbers']): string {
  if (first === null) return '';
  const [one, other] = first.lines;
  const what = rows === 1 ? '1 row has' : `${count(rows)} rows have`;
  return (
    `${what} a number that an earlier row has (the first: ${shown(first.value)} in lines ` +
    `${String(one)} and ${String(other)}). Equal rows are one to an import; others are conflicts.\n`
  );
}

function managersText({ rows, first }: FileCheck['managersElsewhere']): string {
  if (first === null) return '';
  const what = rows === 1 ? '1 row names a manager' : `${count(rows)} rows name a manager`;
  return (
    `${what} who has no row in this file (the first: ${shown(first.value)} in line ` +
    `${String(first.line)}). An import looks them up among the users.\n`
  );
}

function faultsText(faults: readonly FileFault[]): string {
  if (faults.length === 0) return 'No row has a fault.\n';
  const more = faults.length - MAX_KINDS;
  return [
    'Rows with these faults are left out by an import:\n',
    table(
      ['rows', 'lines', 'column', 'code', 'message'],
      faults
        .slice(0, MAX_KINDS)
        .map((fault) => [fault.count, linesText(fault), fault.column, fault.code, fault.message]),
    ),
    more > 0 ? `and ${count(more)} more kinds of faults: see --json\n` : '',
  ].join('');
}

const MAX_LINES = 3;

function linesText({ count: rows, lines }: FileFault): string {
  const first = lines.slice(0, MAX_LINES).map(String);
  return first.join(', ') + (rows > first.length ? ', …' : '');
}
