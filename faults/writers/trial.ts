import { splitMapEntries } from '../../domain/files/mapping';
import type { ImportRequest } from '../../operations/runs/imports';
import { diceOf } from '../sync/chance';
import { readBack, type Reading } from './readBack';
import { expectedOf, tableOf, type Table } from './table';
import type { Writer } from './writer';

/** What became of one file. */
export interface TrialResult {
  readonly writer: string;
  readonly trial: number;
  /** The options that the messages offered and that were needed, in their order; none: read at once. */
  readonly cures: readonly string[];
  /** Empty: every value was read back. */
  readonly wrong: readonly string[];
}

/** An option as a message offers it. */
interface Offer {
  readonly option: string;
  readonly value: string;
}

/** As many cures as a file can need one after the other: encoding, quoting, columns, words, dates. */
const MAX_CURES = 5;

/**
 * Writes a random table by the rules of a program and reads the file back. Where the file is refused or
 * read with faults, the option that the message offers is taken, as a person would, until every value is
 * read back or nothing new is offered.
 */
export async function tryWriter(
  writer: Writer,
  o: { readonly seed: number; readonly trial: number },
): Promise<TrialResult> {
  const table = tableOf(diceOf('writers', o.seed, writer.name, o.trial), writer.contents);
  let bytes = writer.write(table);
  const cures: string[] = [];
  let request: ImportRequest = {};
  for (;;) {
    const reading = await readBack(bytes, request);
    const wrong = wrongIn(reading, table, writer);
    if (wrong.length > 0 && isWrittenAgain(reading, { cures, writer })) {
      bytes = writer.again?.write(table) ?? bytes;
      cures.push(writer.again?.said ?? '');
      continue;
    }
    const offer =
      wrong.length === 0 || cures.length === MAX_CURES
        ? undefined
        : nextCure(reading, { cures, writer });
    if (offer === undefined) return { writer: writer.name, trial: o.trial, cures, wrong };
    cures.push(textOf(offer));
    request = withOption(request, offer);
  }
}

function wrongIn(reading: Reading, table: Table, writer: Writer): string[] {
  if (reading.refused !== null) return [`refused: ${reading.refused}`];
  if (reading.faults.length > 0) return reading.faults.map((fault) => `row fault: ${fault}`);
  const { keeps = (text: string) => text } = writer;
  const wrong: string[] = [];
  if (reading.rows.length !== table.rows.length) {
    wrong.push(`${String(reading.rows.length)} rows instead of ${String(table.rows.length)}`);
  }
  for (const [at, row] of table.rows.entries()) {
    const read = reading.rows[at];
    for (const [place, { field }] of table.columns.entries()) {
      const value = row[place] ?? null;
      const wanted = expectedOf(typeof value === 'string' ? keeps(value) : value);
      const found = read?.get(field) ?? null;
      if (found !== wanted) {
        wrong.push(`row ${String(at + 1)}, ${field}: ${said(wanted)} was read as ${said(found)}`);
      }
    }
  }
  return wrong;
}

function said(value: string | null): string {
  return value === null ? 'nothing' : JSON.stringify(value);
}

/** True where the message tells the user of this program to write the file in another way. */
function isWrittenAgain(
  { refused, faults }: Reading,
  { cures, writer }: { readonly cures: readonly string[]; readonly writer: Writer },
): boolean {
  const said = writer.again?.said;
  if (said === undefined || cures.includes(said)) return false;
  return [refused ?? '', ...faults].some((text) => text.includes(said));
}

/** The first option of the messages that is not taken yet and that a person can choose. */
function nextCure(
  reading: Reading,
  o: { readonly cures: readonly string[]; readonly writer: Writer },
): Offer | undefined {
  const texts =
    reading.refused === null ? [...reading.faults, ...reading.messages] : [reading.refused];
  return texts
    .flatMap(offersIn)
    .find((offer) => !o.cures.includes(textOf(offer)) && isChosen(offer, o.writer));
}

/** Where a message leaves the choice to a person, they know how the file was written. */
function isChosen({ option, value }: Offer, writer: Writer): boolean {
  if (option === 'encoding') return plain(value) === plain(writer.encoding ?? 'utf-8');
  if (option === 'date-format') return value === writer.dateFormat;
  return (option in TAKE && !/^[A-Z]+$/.test(value)) || option === 'null';
}

function plain(encoding: string): string {
  return encoding.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const OFFER = /--([a-z-]+)(?:[ =]('[^']*'|[^\s'()]+))?/g;

function offersIn(text: string): Offer[] {
  return [...text.matchAll(OFFER)].map(([, option = '', value = '']) => ({
    option,
    value: value.replace(/[.,;:]+$/, '').replace(/^'([^]*)'$/, '$1'),
  }));
}

function textOf({ option, value }: Offer): string {
  return value === '' ? `--${option}` : `--${option} ${value}`;
}

const TAKE: Readonly<Record<string, (value: string) => ImportRequest>> = {
  encoding: (encoding) => ({ encoding }),
  delimiter: (delimiter) => ({ delimiter }),
  'date-format': (dateFormat) => ({ dateFormat }),
  'ignore-unknown': () => ({ ignoreUnknown: true }),
  map: (map) => ({ map: splitMapEntries(map) }),
  escape: () => ({ escape: 'backslash' }),
  'header-line': (line) => ({ headerLine: Number(line) }),
  null: (words) => ({ nullWords: words.split(',') }),
};

function withOption(request: ImportRequest, { option, value }: Offer): ImportRequest {
  return { ...request, ...TAKE[option]?.(value) };
}
