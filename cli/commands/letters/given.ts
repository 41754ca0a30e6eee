import { readFile } from 'node:fs/promises';
import { codeOf } from '../../../domain/passing';
import { printable } from '../../../domain/shown';
import { usage } from '../../failure';

/** The text itself, or that of the file behind an `@`. */
export async function givenText(option: string, given: string): Promise<string> {
  if (!given.startsWith('@')) return given;
  const path = given.slice(1);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw usage(`--${option}: ${printable(path)} cannot be read (${codeOf(cause)}).`);
  }
}

/** `NAME=TEXT`, as often as it was given. */
export function givenValues(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=');
      if (at < 1) throw usage(`--value takes NAME=TEXT, not "${one}".`);
      return [one.slice(0, at).replace(/^values\./, ''), one.slice(at + 1)];
    }),
  );
}
