import type { SourceRecord } from '../../domain/sources/sourceRow';
import type { Caller, Wait } from './caller';
import { recordAt } from './enrich';
import { mapRecord } from './records';
import type { Resolved } from '../declaration/settings';

/**
 * The answer to a request for one person. `cannot`: neither the connector nor the answer can say.
 */
export type OneResult =
  | { readonly kind: 'found'; readonly record: SourceRecord }
  | { readonly kind: 'gone' }
  | { readonly kind: 'cannot'; readonly why: string }
  | Wait;

/** Asks for one person. Another person's record is no answer. */
export async function readOne(
  source: Resolved,
  caller: Caller,
  externalId: string,
  tries = 0,
): Promise<OneResult> {
  const rule = source.connector.reads.one;
  if (rule === undefined) return { kind: 'cannot', why: 'not_declared' };
  const gone = new Set(rule.gone ?? [404]);
  const ask = { request: rule.request, vars: { id: externalId } };
  const outcome = await caller.ask(ask, tries, gone);
  if (outcome.kind === 'wait') return outcome;
  if (outcome.kind !== 'answer') return { kind: 'cannot', why: outcome.kind };
  if (gone.has(outcome.answer.status)) return { kind: 'gone' };
  const person = recordAt(outcome.body, rule.record ?? '');
  if (person === undefined) return { kind: 'cannot', why: 'no_record' };
  // An empty list under a filter by id means the same as 404.
  if (person === null) {
    return rule.record === undefined ? { kind: 'cannot', why: 'no_record' } : { kind: 'gone' };
  }
  const record = mapRecord(person, source.connector, rule.map ?? source.connector.map);
  if (record.externalId !== externalId) return { kind: 'cannot', why: 'another_record' };
  return { kind: 'found', record };
}
