/** Bounds of a CSV file, checked before and while it is read. */
export interface CsvLimits {
  readonly maxFileBytes: number;
  readonly maxColumns: number;
  /** A longer cell is a fault of its row. */
  readonly maxCellChars: number;
  /**
   * A longer record refuses the file. This bound keeps memory flat and ends a quote that is never
   * closed. Default 1 MiB.
   */
  readonly maxRecordBytes?: number;
}

/** The bounds unless configured otherwise. */
export const DEFAULT_CSV_LIMITS = {
  maxFileBytes: 1024 ** 3,
  maxColumns: 512,
  maxCellChars: 32_768,
  maxRecordBytes: 1024 ** 2,
} as const satisfies CsvLimits;
