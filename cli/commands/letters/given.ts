import { readFile } from 'node:fs/promises';
import type { SendLetter } from '../../../client';
import { codeOf } from '../../../domain/passing';
import { printable } from '../../../domain/shown';
import { people } from '../../../wording/messages/words';
import type { Call } from '../../command';
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

/** Refuses a command that says neither users nor a filter. */
export function requirePeople({ options }: Pick<Call, 'options'>, users: readonly string[]): void {
  if (users.length === 0 && options.text('filter') === undefined && !options.text('saved')) {
    throw usage('Say who gets it: USERS, --filter or --saved.');
  }
}

/** What `--again` and `--skip-recent` say of people who got the same within 24 hours. */
export function recentlyOf({
  options,
}: Pick<Call, 'options'>): NonNullable<SendLetter['recently']> {
  const [again, skip] = [options.flag('again'), options.flag('skipRecent')];
  if (again && skip) throw usage('Give --again or --skip-recent, not both.');
  if (again) return 'again';
  return skip ? 'skip' : 'refuse';
}

/** What is confirmed before it is sent. */
interface Confirming {
  /** Such as `the letter`. */
  readonly what: string;
  readonly recipients: number;
  /** What sending would do. */
  readonly preview: string;
  /** What is said besides where nobody can be asked. */
  readonly besides?: string;
  readonly question: string;
  /** The command line again, without a confirmation. */
  readonly command: string;
}

/** True when a person says yes, or `--yes` did. Throws where nobody can be asked. */
export async function isConfirmed(call: Call, o: Confirming): Promise<boolean> {
  if (!call.options.flag('yes') && !call.canAsk) {
    throw usage(
      `This needs your confirmation: ${o.what} goes to ${people(o.recipients)}. ${o.besides ?? ''}` +
        'Nothing was sent.',
      `${o.command} --expect ${String(o.recipients)}`,
    );
  }
  call.note(o.preview.trimEnd());
  return call.confirm(o.question, '--expect N or --yes');
}
