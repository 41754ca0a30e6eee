import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { wordFault, wordNext } from '../../wording/next';

/** A next step as a door says it; empty: there is none. */
export function stepWords(next: Next | null | undefined): string {
  return next === null || next === undefined ? '' : wordNext(next);
}

/** A fault as a door says it. */
export function faultWords(fault: unknown) {
  if (!(fault instanceof Fault)) throw new Error(`no fault: ${String(fault)}`);
  const { kind, code } = fault;
  return { kind, code, message: wordFault(fault), next: stepWords(fault.next) };
}

/** What work that fails by a fault says. */
export function wordsOfFailing(work: () => unknown) {
  try {
    work();
  } catch (fault) {
    return faultWords(fault);
  }
  throw new Error('it did not fail');
}
