import { isReportColumn, normalName } from '../../domain/files/columns';
import {
  nearestRecordColumn,
  RECORD_COLUMNS,
  recordColumnOf,
  type RecordColumn,
  type RecordSubject,
} from '../../domain/records/fileColumns';
import { columnNames, type RecordMap } from '../../domain/records/fileMap';
import { factText } from '../../domain/files/rowFaults';
import type { NewMessage } from '../../domain/runs/messages';
import { listed, shortened, shown } from '../../domain/shown';
import { refusal } from '../csv/refusals';

/** A column of a file: what it holds, or null when it is passed over. */
export interface FileColumn {
  /** 0-based place in the row. */
  readonly index: number;
  readonly header: string;
  readonly column: RecordColumn | null;
}

/** Columns that one message names; the others are counted. */
const MAX_NAMED = 12;

export interface RecordHeader {
  readonly subject: RecordSubject;
  readonly header: readonly string[];
  /** Physical line of the header. */
  readonly line: number;
  readonly map: RecordMap;
  readonly ignoreUnknown: boolean;
}

/**
 * What each column of a header means; the map goes before names and aliases.
 *
 * @throws Fault `refused_file`: `unknown_column`, `mapped_column_absent`, `repeated_column`,
 * `missing_column`.
 */
export function resolveRecordHeader(o: RecordHeader): {
  readonly columns: readonly FileColumn[];
  readonly messages: readonly NewMessage[];
} {
  const columns: readonly RecordColumn[] = RECORD_COLUMNS[o.subject];
  const map = new Map(Object.entries(o.map).map(([header, to]) => [normalName(header), to]));
  const unknown: FileColumn[] = [];
  const found = o.header.map((cell, index): FileColumn => {
    const header = cell.trim();
    const mapped = map.get(normalName(header));
    map.delete(normalName(header));
    if (mapped === '-' || header === '' || isReportColumn(header)) {
      return { index, header, column: null };
    }
    const name = mapped ?? recordColumnOf(o.subject, header);
    const column = columns.find((known) => known.name === name) ?? null;
    if (column === null) unknown.push({ index, header, column });
    return { index, header, column };
  });
  refuseAbsent([...map.keys()], o);
  if (unknown.length > 0 && !o.ignoreUnknown) throw unknownColumns(unknown, o);
  refuseRepeated(found, o);
  refuseMissing(found, o);
  return { columns: found, messages: unknown.map((column) => ignored(column, o.line)) };
}

function ignored({ index, header }: FileColumn, line: number): NewMessage {
  const facts = { place: index + 1, header: factText(header) };
  return { line, column: shortened(header), code: 'ignored_column', facts };
}

function refuseAbsent(absent: readonly string[], o: RecordHeader): void {
  if (absent.length === 0) return;
  throw refusal(
    'mapped_column_absent',
    `The header on line ${String(o.line)} has no column ${listed(absent.map(shown), MAX_NAMED)}.`,
    `It has ${listed(
      o.header.map((cell) => shown(cell.trim())),
      MAX_NAMED,
    )}: write --map as it does.`,
  );
}

function unknownColumns(unknown: readonly FileColumn[], o: RecordHeader): Error {
  const named = unknown.map(({ header }) => {
    const near = nearestRecordColumn(o.subject, header);
    return shown(header) + (near === undefined ? '' : ` (is ${near} meant?)`);
  });
  const { header = '' } = unknown[0] ?? {};
  return refusal(
    'unknown_column',
    `The header on line ${String(o.line)} has ${unknown.length === 1 ? 'a column' : 'columns'} that ` +
      `${unknown.length === 1 ? 'is' : 'are'} not known: ${listed(named, MAX_NAMED)}.`,
    `Say what a column is, or pass it over: --map '${header}=-'; or all of them: --ignore-unknown. ` +
      `Columns: ${columnNames(o.subject)}.`,
  );
}

function refuseRepeated(found: readonly FileColumn[], o: RecordHeader): void {
  for (const { name } of RECORD_COLUMNS[o.subject]) {
    const same = found.filter(({ column }) => column?.name === name);
    if (same.length < 2) continue;
    const [, other] = same;
    throw refusal(
      'repeated_column',
      `The header on line ${String(o.line)} has ${name} ${String(same.length)} times: ` +
        `${listed(
          same.map(({ header }) => shown(header)),
          MAX_NAMED,
        )}.`,
      `Leave one, and pass the others over: --map '${other?.header ?? ''}=-'.`,
    );
  }
}

function refuseMissing(found: readonly FileColumn[], o: RecordHeader): void {
  const columns: readonly RecordColumn[] = RECORD_COLUMNS[o.subject];
  const missing = columns.filter(
    ({ name, required }) => required === true && !found.some(({ column }) => column?.name === name),
  );
  if (missing.length === 0) return;
  throw refusal(
    'missing_column',
    `The header on line ${String(o.line)} has no column ${listed(
      missing.map(({ name }) => name),
      MAX_NAMED,
    )}.`,
    `Add it, or say which column it is: --map 'HEADER=${missing[0]?.name ?? ''}'. ` +
      `Columns: ${columnNames(o.subject)}.`,
  );
}
