import { openDatabase, type Db } from '../../../store/database/db';

/** A node of a plan as `explain (analyze, format json)` prints it: rows are averages of a loop. */
interface PlanNode {
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Every statement of a session sends the plan that it was run by, with the rows of each step. */
const SENDS_PLANS = [
  ['session_preload_libraries', 'auto_explain'],
  ['auto_explain.log_min_duration', '0'],
  ['auto_explain.log_analyze', 'on'],
  ['auto_explain.log_timing', 'off'],
  ['auto_explain.log_format', 'json'],
  ['client_min_messages', 'log'],
  ['log_min_messages', 'panic'],
].map(([name = '', value = '']) => `-c ${name}=${value}`);

export interface Busiest<T> {
  readonly result: T;
  /** Rows that the busiest step of any statement looked at. */
  readonly rows: number;
  readonly statement: string;
}

/**
 * Counts the rows that the busiest step of any statement of `work` looks at. Unlike the time, this number
 * does not depend on the machine: where each person is compared with all others, it is the square of their
 * number. `superuserUrl`: only a superuser may load the module that sends the plans.
 */
export async function rowsLookedAt<T>(
  superuserUrl: string,
  work: (db: Db) => Promise<T>,
): Promise<Busiest<T>> {
  const url = new URL(superuserUrl);
  url.searchParams.set('options', SENDS_PLANS.join(' '));
  const db = openDatabase({ url: url.href, applicationName: 'rollcall-test' });
  let statements = 0;
  let most = { rows: 0, statement: '' };
  db.pool.on('connect', (client) => {
    client.on('notice', ({ message = '' }) => {
      const json = /^duration: .* plan:\n(.*)/su.exec(message)?.[1];
      if (json === undefined) return;
      const sent: { readonly 'Query Text': string; readonly Plan: PlanNode } = JSON.parse(json);
      const rows = busiestStep(sent.Plan);
      statements += 1;
      if (rows > most.rows) most = { rows, statement: sent['Query Text'] };
    });
  });
  try {
    const result = await work(db);
    if (statements === 0) throw new Error('the server sent no plans');
    return { result, ...most };
  } finally {
    await db.close();
  }
}

function busiestStep(node: PlanNode): number {
  const rows =
    (node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0);
  return Math.max(rows * (node['Actual Loops'] ?? 0), ...(node.Plans ?? []).map(busiestStep));
}
