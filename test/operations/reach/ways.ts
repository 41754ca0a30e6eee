import type { OperationContext } from '../../../operations/context';

/** How an admin names, or may guess at, people and runs of others. */
export interface Ways {
  /** Id, code, login, e-mail, number in a source, and the code of a merged account. */
  readonly people: readonly string[];
  readonly filters: readonly string[];
  readonly searches: readonly string[];
  /** Names of saved filters. */
  readonly saved: readonly string[];
  /** Cursors that another admin got, with the sort they belong to. */
  readonly cursors: readonly { readonly sort: string; readonly cursor: string }[];
  readonly historyCursors: readonly string[];
  readonly organizations: readonly string[];
  readonly runs: readonly string[];
  readonly decisions: readonly string[];
  /** The id of a credit. */
  readonly credit: string;
  /** A person within the reach. */
  readonly own: string;
  /** A campaign to that person, which the manager of the own organization sent. */
  readonly ownCampaign: string;
}

/** The calls of an operation, by the way that each names people or runs. */
export type Call = (
  context: OperationContext,
  ways: Ways,
) => Record<string, () => Promise<unknown>>;

export const each = (
  what: string,
  names: readonly string[],
  work: (name: string) => Promise<unknown>,
): Record<string, () => Promise<unknown>> =>
  Object.fromEntries(names.map((name) => [`${what} ${name}`, () => work(name)]));

export async function all<T>(some: Promise<AsyncIterable<T>>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of await some) found.push(one);
  return found;
}

export const byUser =
  (work: (context: OperationContext, user: string) => Promise<unknown>): Call =>
  (context, ways) =>
    each('person', ways.people, (user) => work(context, user));

export const byRun =
  (work: (context: OperationContext, run: string) => Promise<unknown>): Call =>
  (context, ways) => ({
    ...each('run', ways.runs, (run) => work(context, run)),
    ...each('beginning', ways.runs, (run) => work(context, run.slice(0, 35))),
  });
