/** A text of a file or a source, as {@link factText} bounds it. */
interface Value {
  readonly value: string;
}

/** `polled`: the row is of a polled source, not of a file, so it is corrected in that source. */
interface Polled {
  readonly polled?: true;
}

type None = Readonly<Record<string, never>>;

/** The facts of each fault that a row can have; the sentence is made where it is shown. */
export interface RowFaultFacts {
  readonly missing_key: Polled;
  readonly missing_value: None;
  readonly not_confirmed: None;
  /** `backslash`: the row is of a line that ends in one, as databases write a line break. */
  readonly too_few_cells: Cells & { readonly backslash?: true };
  readonly too_many_cells: Cells;
  /** `place`: of the column, from 1. */
  readonly unnamed_cell: { readonly place: number };
  readonly cell_too_long: Polled & { readonly chars: number; readonly most: number };
  readonly nul_byte: None;
  /** `char`: such as `U+001B`; only in files. */
  readonly control_character: Polled & { readonly char?: string };
  readonly cannot_clear: None;
  /** `columns`: the first of the cells that still hold a token of a failed-rows file. */
  readonly unmended_cell: { readonly columns: readonly string[]; readonly cells: number };
  readonly bad_value: Polled & Value;
  readonly bad_email: Polled & Value;
  /** `char`: an invisible character in it; otherwise it has more than `most` characters. */
  readonly bad_key: Polled & Value & { readonly char?: string; readonly most?: number };
  readonly rounded_key: Polled & Value;
  readonly lost_letters: Polled;
  readonly not_a_person: None;
  /** `format`: the date format of the file. */
  readonly bad_date: Polled & Value & { readonly format: string };
  readonly crossed_days: None;
  readonly bad_boolean: Polled & Value;
  /** `range`: the value is a number that cannot be stored exactly as it is written. */
  readonly bad_number: Polled & Value & { readonly range?: true };
  /**
   * Where a file has several unknown words, the first message about one of them names all (`words`),
   * and the others refer to it (`mapped`).
   */
  readonly unknown_status: Polled &
    Value & { readonly words?: readonly string[]; readonly mapped?: true };
  readonly unknown_organization: Polled & Value;
  readonly archived_organization: Polled & Value;
  /** `value`: the key of the property. */
  readonly archived_property: Polled & Value;
  readonly missing_cell: None;
  /** `wanted`: what the column takes. */
  readonly bad_record_value: Value & { readonly wanted: string };
  readonly unknown_user: Value;
  readonly several_users: Value;
  readonly unknown_course: Value;
  readonly archived_course: Value;
  /** `line`: of the first row that names the same. */
  readonly rows_differ: { readonly line: number };
}

interface Cells {
  /** Number of cells in the row and in the header. */
  readonly cells: number;
  readonly columns: number;
}

export type RowFaultCode = keyof RowFaultFacts;

/** Every code of a row fault → what it means, for the documentation. */
export const ROW_FAULT_CODES = {
  missing_key: 'the row has no code, login or e-mail address; the record of a source no id',
  missing_value: 'the record has no value in a field that the connector requires',
  not_confirmed: 'the list leaves the person out, and asked by id the source does not say why',
  too_few_cells: 'the row is half of a broken line, or too short to have its key',
  too_many_cells: 'the row has more values than the header has columns',
  unnamed_cell: 'the row has a value in a column that has no name',
  cell_too_long: 'the value has too many characters',
  nul_byte: 'the cell holds a NUL byte',
  control_character: 'the value holds a control character',
  cannot_clear: 'a code or a status is cleared',
  unmended_cell: 'the cell still holds <missing> or <extra> of a failed-rows file',
  bad_value: 'the value is not a text',
  bad_email: 'the value is not an e-mail address',
  bad_key: 'the code or login is too long, or holds a character that cannot be seen',
  rounded_key: 'the program that wrote the code or login rounded it, as in 1.00E+05',
  lost_letters: 'a name of question marks, or with U+FFFD: a program on the way lost its letters',
  not_a_person: 'the new row has neither a name nor an e-mail address, which nearly all rows have',
  bad_date: 'the value is not a day of the calendar in the format of the file',
  crossed_days: 'the last day is before the first day, and the row does not say the status',
  bad_boolean: 'the value is neither true nor false',
  bad_number: 'the value is not a number, or one that cannot be kept exactly',
  unknown_status: 'the value is neither active nor inactive; the connector does not know the word',
  unknown_organization: 'no organization has this code or name',
  archived_organization: 'the organization is archived: nobody new comes into it',
  archived_property: 'the property is archived: nobody gets a new value in it',
  missing_cell: 'the row has no value in a column that each row needs',
  bad_record_value: 'the value does not fit its column of a file of learner records',
  unknown_user: 'no user has this code, login, e-mail address or id',
  several_users: 'the name leads to several users: the code of one is the login of another',
  unknown_course: 'no course has this code',
  archived_course: 'the course is archived: nobody new is enrolled',
  rows_differ: 'two rows are about the same person and course, and say different things',
} as const satisfies Readonly<Record<RowFaultCode, string>>;

/** Code and facts of the fault of one cell. */
export type CellFault<C extends RowFaultCode = RowFaultCode> = {
  readonly [K in C]: readonly [code: K, facts: RowFaultFacts[K]];
}[C];

/**
 * A fault of one row, as it is stored: the column as the file names it, a code, `null` and the
 * facts. In faults from before facts were stored, the third place holds the sentence and there is
 * no fourth.
 */
export type RowFault = readonly [
  column: string | null,
  code: RowFaultCode,
  message: null,
  facts: RowFaultFacts[RowFaultCode],
];

/** The fault of a row in one column; with `null`, of the row in general. */
export function rowFault<C extends RowFaultCode>(
  column: string | null,
  [code, facts]: readonly [code: C, facts: RowFaultFacts[C]],
): RowFault {
  return [column, code, null, facts];
}

/** Facts keep no more of a text than this, because longer texts are cut where they are shown. */
const MAX_FACT_CHARS = 62;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A text of a file or a source as a fact keeps it: bounded, and storable as JSON in Postgres. */
export function factText(text: string): string {
  const bounded =
    text.length > MAX_FACT_CHARS
      ? text.slice(0, MAX_FACT_CHARS).replace(/[\ud800-\udbff]$/, '')
      : text;
  return bounded.replace(LONE_SURROGATE, '\ufffd').replaceAll('\0', '\ufffd');
}
