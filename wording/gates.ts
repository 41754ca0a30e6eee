import type { HeldGate } from '../domain/runs/gates';

const number = (n: number): string => n.toLocaleString('en-US');
const people = (n: number): string => `${number(n)} ${n === 1 ? 'person' : 'people'}`;
const rows = (n: number): string => `${number(n)} ${n === 1 ? 'row' : 'rows'}`;

/** Why a gate holds, as a sentence for people: what it found, and what would have gone through. */
export function gateText({ gate, count, limit }: HeldGate): string {
  const unseen = `up to ${number(limit)} go through without a person's look`;
  switch (gate) {
    case 'deactivations':
      return `It would deactivate ${people(count)}; ${unseen}.`;
    case 'reactivations':
      return `It would reactivate ${people(count)}; ${unseen}.`;
    case 'key_changes':
      return `It would give ${people(count)} another login or e-mail; ${unseen}.`;
    case 'creations':
      return `It would create ${people(count)}; ${unseen}.`;
    case 'updates':
      return `It would change ${people(count)}; ${unseen}.`;
    case 'first_link':
      return `This is the first run of its source that links or changes anybody, and the store has ${number(count)} ${count === 1 ? 'user' : 'users'} already: look whom its rows were matched with.`;
    case 'empty_read':
      return 'The read has no rows: nobody came with it.';
    case 'incomplete_read':
      return 'The read did not come to its end: who is missing in it may only not have been read.';
    case 'coverage':
      return `${number(count)} ${count === 1 ? 'field' : 'fields'} that most people had before ${count === 1 ? 'is' : 'are'} empty for everybody now.`;
    case 'short_file':
      return `It has ${people(count)}; at least ${number(limit)} are expected, 90 % of the last one's people.`;
    case 'unreadable_keys':
      return `The key of ${rows(count)} cannot be read, so some people who look absent may be there.`;
    case 'expect':
      return limit === 0
        ? `It changes ${people(count)}, which has to be confirmed.`
        : `It changes ${people(count)}; confirmed were ${number(limit)}.`;
  }
}
