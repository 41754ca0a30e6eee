import { plainCell } from '../../domain/files/csvCells';
import type { CellFault } from '../../domain/files/rowFaults';
import { CONTROL } from '../../domain/files/staged';
import { EXTRA_TOKEN, MISSING_TOKEN } from '../../domain/files/tokens';
import { withoutUnseen } from '../../domain/files/unseen';
import { textFault, trimmed, withoutFormula } from '../csv/rowColumns';

/** How the cells of a file are read. */
export interface CellRules {
  /** The file was written by Rollcall for people. */
  readonly neutralised: boolean;
  readonly maxCellChars: number;
}

/** A cell of a file, and whether it may hold what cannot be seen. */
export interface GivenCell {
  readonly text: string;
  readonly suspicious: boolean;
}

/** The value of a cell: as it was before it was made safe for a spreadsheet, without what cannot be seen. */
export function cellValue({ text, suspicious }: GivenCell, { neutralised }: CellRules): string {
  const plain = neutralised ? plainCell(text) : text;
  const value = trimmed(suspicious ? withoutUnseen(plain, { joiners: true }) : plain);
  // 61 is `=`.
  return value.charCodeAt(0) === 61 ? withoutFormula(value) : value;
}

/** Why a value cannot be read, whatever its column; `null`: it can. */
export function valueFault(
  value: string,
  o: CellRules & { readonly header: string; readonly suspicious: boolean },
): CellFault | null {
  if (o.neutralised && (value === MISSING_TOKEN || value.includes(EXTRA_TOKEN))) {
    return ['unmended_cell', { columns: [o.header], cells: 1 }];
  }
  const unreadable = value.length > o.maxCellChars || (o.suspicious && CONTROL.test(value));
  return unreadable ? textFault(value, o.maxCellChars) : null;
}
