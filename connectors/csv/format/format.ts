import type { ReadColumn } from '../columns';
import type { Quoting } from './dialect';
import type { OpenCsv } from './open';

/** How a file is written, and what its columns mean: found in it, or given by the options. */
export interface CsvFormat {
  /** The encoding's name, as `--encoding` takes it. */
  readonly encoding: string;
  /** True when the file starts with a byte order mark. */
  readonly bom: boolean;
  readonly delimiter: string;
  readonly quoting: Quoting;
  /** Physical line on which the header starts. */
  readonly headerLine: number;
  /** True when the header was found below other lines with text, which are passed over. */
  readonly headerFound: boolean;
  readonly columns: readonly ReadColumn[];
}

/** The format of an open file, as plain data. */
export function formatOf(open: OpenCsv, columns: readonly ReadColumn[]): CsvFormat {
  const { encoding, bom, header } = open;
  return {
    encoding,
    bom,
    delimiter: header.delimiter,
    quoting: header.quoting,
    headerLine: header.line,
    headerFound: header.found,
    columns,
  };
}
