import type { HeldGate } from '../domain/runs/gates';
import type { RunSubject } from '../domain/runs/subject';

const number = (n: number): string => n.toLocaleString('en-US');
const people = (n: number): string => `${number(n)} ${n === 1 ? 'person' : 'people'}`;
const rows = (n: number): string => `${number(n)} ${n === 1 ? 'row' : 'rows'}`;

/** What an entry of a plan is about: one and several. */
const THINGS: Readonly<Record<RunSubject, readonly [one: string, several: string]>> = {
  users: ['person', 'people'],
  enrollments: ['enrollment', 'enrollments'],
  credits: ['credit', 'credits'],
  merges: ['pair', 'pairs'],
};

/** A number of what the entries of a plan are about, in words. */
export function countedThings(n: number, subject: RunSubject = 'users'): string {
  const [one, several] = THINGS[subject];
  return `${number(n)} ${n === 1 ? one : several}`;
}

/**
 * Why a gate holds a run, as a sentence: what it found, and from which number it needs an approval.
 */
export function gateText(
  { gate, count, limit, runs = [] }: HeldGate,
  subject: RunSubject = 'users',
): string {
  const things = (n: number): string => countedThings(n, subject);
  const above = `More than ${number(limit)} at once need your approval.`;
  switch (gate) {
    case 'deactivations':
      return `${people(count)} would be deactivated. ${above}`;
    case 'reactivations':
      return `${people(count)} would be reactivated. ${above}`;
    case 'key_changes':
      return `${people(count)} would get another login or e-mail address. ${above}`;
    case 'creations':
      return `${things(count)} would be created. ${above}`;
    case 'updates':
      return `${things(count)} would be changed. ${above}`;
    case 'renumbered':
      return `${people(count)} would be created who ${count === 1 ? 'seems' : 'seem'} to be known to this source under another number. Link the numbers of the same people (runs resolve --renumbered); approve those who are new.`;
    case 'rejected_before':
      return `${people(count)} would be changed in a way that was rejected before${runs.length === 0 ? '' : ` (${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')})`}. Look at each of them; if these changes are right now, approve them.`;
    case 'first_link':
      return `This is the first run of this source that brings people in, and ${number(count)} ${count === 1 ? 'user is' : 'users are'} here already. Check that each row was matched to the right user and that nobody is created twice, then approve.`;
    case 'empty_read':
      return 'There are no rows: the file or the list is empty.';
    case 'incomplete_read':
      return 'The source was not read to its end. People who seem to be missing may only not have been read.';
    case 'coverage':
      return `${number(count)} ${count === 1 ? 'field' : 'fields'} that most people had a value for ${count === 1 ? 'is' : 'are'} empty for everybody now, or would get a word for nothing, such as NULL, as a value. The file or the list may be incomplete.`;
    case 'short_file':
      return `The file or the list may be incomplete. It has ${people(count)}; at least ${number(limit)} were expected: 90 % of the people of the last complete one, or of the active people who are known from it, whichever are more.`;
    case 'unreadable_keys':
      return `The number of ${rows(count)} is missing or cannot be read, so people who seem to be missing may be in ${count === 1 ? 'that row' : 'those rows'}.`;
    case 'expect':
      return limit === 0
        ? `${things(count)} would be changed. Confirm this number.`
        : `You expected ${things(limit)}, but ${number(count)} would be changed. Look ${subject === 'users' ? 'who' : 'which'} they are.`;
  }
}
