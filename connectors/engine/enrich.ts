import type { Caller, Outcome } from './caller';
import { isList, scalar, wholeNumber } from '../declaration/json';
import { at } from '../declaration/path';
import type { EnrichDeclaration } from '../declaration/schema';

/** Details by id; `missing`: the vendor knows no such person. */
export interface Details {
  readonly found: ReadonlyMap<string, unknown>;
  readonly missing: ReadonlySet<string>;
  /** What stopped it before all were fetched; those fetched so far are in `found` and `missing`. */
  readonly stopped: Exclude<Outcome, { kind: 'answer' }> | null;
}

const NOT_FOUND: ReadonlySet<number> = new Set([404, 410]);

/** Fetches the details of some people, a few calls at once, in the order of `ids`. */
export async function fetchDetails(
  caller: Caller,
  rule: EnrichDeclaration,
  ids: readonly string[],
  { tries, concurrency }: { readonly tries: number; readonly concurrency: number },
): Promise<Details> {
  const found = new Map<string, unknown>();
  const missing = new Set<string>();
  const batches = chunks(ids, rule.batch ?? 1);
  for (const group of chunks(batches, concurrency)) {
    const outcomes = await Promise.all(
      group.map((batch) => caller.ask(askFor(rule, batch), tries, NOT_FOUND)),
    );
    for (const [i, outcome] of outcomes.entries()) {
      // In order: everything after the first failure is fetched again.
      if (outcome.kind !== 'answer') return { found, missing, stopped: outcome };
      const batch = group[i] ?? [];
      const gone = NOT_FOUND.has(outcome.answer.status);
      const items = gone ? new Map<string, unknown>() : itemsOf(rule, batch, outcome.body);
      for (const id of batch) {
        if (items.has(id)) found.set(id, items.get(id));
        else missing.add(id);
      }
    }
  }
  return { found, missing, stopped: null };
}

function askFor(rule: EnrichDeclaration, batch: readonly string[]): Parameters<Caller['ask']>[0] {
  return { request: rule.request, vars: { id: batch[0] ?? '', ids: batch.join(',') } };
}

function itemsOf(
  rule: EnrichDeclaration,
  batch: readonly string[],
  body: unknown,
): Map<string, unknown> {
  const items = new Map<string, unknown>();
  if (rule.batch === undefined) {
    const person = at(body, rule.record ?? '');
    if (person !== undefined && person !== null) items.set(batch[0] ?? '', person);
    return items;
  }
  const list = at(body, rule.records ?? '');
  for (const item of isList(list) ? list : []) {
    const id = scalar(at(item, rule.key));
    const status = rule.itemStatus === undefined ? 200 : wholeNumber(at(item, rule.itemStatus));
    if (id !== null && status === 200) items.set(id, at(item, rule.record ?? ''));
  }
  return items;
}

/** Splits a list into pieces of at most `size`. */
function chunks<T>(list: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let i = 0; i < list.length; i += size) pieces.push(list.slice(i, i + size));
  return pieces;
}
