import { markdownTable, outcomeOf, type Columns } from '../printed';

/** What one kind came to: the cells of its line, and what is wrong. */
export interface Ending {
  readonly cells: readonly (string | number)[];
  readonly wrong: readonly string[];
}

/** Plays each kind, one after the other, and prints them as a table; returns 1 when one is wrong. */
export async function inTurns<Kind extends string>(
  kinds: readonly Kind[],
  o: { readonly columns: Columns; readonly play: (kind: Kind) => Promise<Ending> },
): Promise<number> {
  const endings: Ending[] = [];
  for (const kind of kinds) {
    const ending = await o.play(kind);
    endings.push(ending);
    process.stderr.write(`${kind}: ${outcomeOf(ending.wrong.slice(0, 5))}\n`);
  }
  const rows = endings.map(({ cells, wrong }) => [...cells, wrong.length]);
  process.stdout.write(`\n${markdownTable({ ...o.columns, wrong: '--:' }, rows)}\n`);
  return endings.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}
