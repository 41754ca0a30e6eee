import type { Input } from './desk';

const FIRST = ['Mara', 'Jens', 'Olga', 'Piet', 'Rosa', 'Sven', 'Tilda', 'Uwe', 'Vera', 'Wim'];
const LAST = ['Abel', 'Brandt', 'Cerny', 'Dorn', 'Engel', 'Fuchs', 'Gross', 'Horn'];

/** A CSV file with this header and these lines. */
export function sheet(name: string, head: string, lines: readonly string[]): Input {
  return { name, text: `${[head, ...lines].join('\n')}\n` };
}

/** The name of the n-th person, which nobody else among them has. */
export function nameOf(n: number): readonly [first: string, last: string] {
  const [first = 'Mara'] = FIRST.slice(n % FIRST.length);
  const [last = 'Abel'] = LAST.slice(Math.floor(n / FIRST.length) % LAST.length);
  return [first, `${last}${n < 80 ? '' : String(Math.floor(n / 80))}`];
}

/** A line for each of these numbers: number, first name, last name, and what `more` adds. */
export function staff(
  numbers: readonly string[],
  more: (n: number) => readonly string[] = () => [],
): string[] {
  return numbers.map((number, n) => [number, ...nameOf(n), ...more(n)].join(','));
}

/** Numbers `from`, `from + 1`, …, each written by `as`. */
export function numbers(from: number, count: number, as: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => as(from + i));
}

/** The day that is this many days away from today, in UTC. */
export function day(ahead: number): string {
  return new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
}
