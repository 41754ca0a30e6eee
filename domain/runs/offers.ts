import { shellWord } from '../shown';

/** A header → the name of the column (or `-`) that it should be read as. */
export type OfferedMap = readonly (readonly [header: string, column: string])[];

/** The argument of `--map` for these entries; the headers are pasteable (`shown.ts`). */
export function mapArgument(entries: OfferedMap): string {
  const texts = entries.map(([header, column]) => {
    const bare = /^[^"=:,]+$/.test(header);
    return `${bare ? header : `"${header.replaceAll('"', '""')}"`}=${column}`;
  });
  return shellWord(texts.join(','));
}

/** The name under which the file of a run's failed rows is offered; no other run has the same. */
export function failedRowsName(runId: string): string {
  return `failed-${runId.slice(0, 13)}.csv`;
}
