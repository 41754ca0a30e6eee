import type { Answer } from '../http/http';
import type { Caller, Outcome, Wait } from './caller';
import { isList, isObject, scalar, wholeNumber } from '../declaration/json';
import { at } from '../declaration/path';
import type { EnrichDeclaration } from '../declaration/schema';
import { foundWords, noList } from './notData';

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
  o: { readonly tries: number; readonly concurrency: number; readonly name: string },
): Promise<Details> {
  const { tries, concurrency } = o;
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
      if (items === null) {
        return { found, missing, stopped: withoutRecord(caller, rule, { ...o, ...outcome }) };
      }
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

/** An answer without the place of the record says nothing about the person: it is asked for again. */
function withoutRecord(
  caller: Caller,
  rule: EnrichDeclaration,
  o: {
    readonly tries: number;
    readonly name: string;
    readonly answer: Answer;
    readonly body: unknown;
  },
): Wait {
  const wait = caller.retry(o.tries, 'source_not_data', o.answer);
  if (wait !== null) return wait;
  const [key, path = ''] =
    rule.batch === undefined ? ['enrich.record', rule.record] : ['enrich.records', rule.records];
  const what = `${foundWords(at(o.body, path))} at ${path} where the connector expects details of people`;
  throw noList(o.name, what, key);
}

/**
 * The record at a path. `null`: the answer says that there is none, by null or by an empty list.
 * Undefined: it does not have the place, so it says nothing; an empty object is never nobody.
 */
export function recordAt(body: unknown, path: string): unknown {
  const found = at(body, path);
  if (found !== undefined) return found;
  const last = path.lastIndexOf('/');
  const isOfList = /^(\d{1,9}|\[.*\])$/.test(path.slice(last + 1));
  return isOfList && isList(at(body, path.slice(0, Math.max(last, 0)))) ? null : undefined;
}

/** Null: the answer has no place for them. */
function itemsOf(
  rule: EnrichDeclaration,
  batch: readonly string[],
  body: unknown,
): Map<string, unknown> | null {
  const items = new Map<string, unknown>();
  if (rule.batch === undefined) {
    const person = recordAt(body, rule.record ?? '');
    if (person === undefined) return null;
    if (person !== null) items.set(batch[0] ?? '', person);
    return items;
  }
  const given = at(body, rule.records ?? '');
  // A list of one person, as converters from XML to JSON write it.
  const isSingle = isObject(given) && scalar(at(given, rule.key)) !== null;
  const list = isSingle ? [given] : given;
  if (!isList(list)) return null;
  for (const item of list) {
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
