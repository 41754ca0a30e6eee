import { cpus, totalmem } from 'node:os';

/** The whole number from 1 that an option has; underscores may part its digits. */
export function whole(text: string, option: string): number {
  const n = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`${option} takes a whole number from 1, not "${text}"`);
}

/** The machine and its Node, for the line below a table. */
export function machine(): string {
  return `${String(cpus().length)} cores (${cpus()[0]?.model ?? 'unknown'}), ${String(Math.round(totalmem() / 2 ** 30))} GiB, Node ${process.versions.node}`;
}

/** `ok`, or what is wrong. */
export function outcomeOf(wrong: readonly string[]): string {
  return wrong.length === 0 ? 'ok' : `WRONG ${wrong.join('; ')}`;
}

/** The heads of a table's columns, each with the side to which its cells are set. */
export type Columns = Readonly<Record<string, '---' | '--:'>>;

/** A table in Markdown. */
export function markdownTable(
  columns: Columns,
  rows: readonly (readonly (string | number)[])[],
): string {
  return [Object.keys(columns), Object.values(columns), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
