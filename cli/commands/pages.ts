import type { Command } from 'commander';
import type { ListPage } from '../../operations/pages';
import type { Call } from '../command';

/** The options of a list that is shown page by page; `limit`: what one page has unless given. */
export function pageOptions(command: Command, limit = 100): Command {
  return command
    .option('--limit <n>', `at most this many (default ${String(limit)}, at most 1000)`)
    .option('--cursor <c>', 'the next page: `next` of the page before');
}

/** What {@link pageOptions} give. */
export function pageOf({ options }: Call): ListPage {
  const limit = options.number('limit', 1);
  return { ...options.texts('cursor'), ...(limit === undefined ? {} : { limit }) };
}

/** The names in an option that takes several, with commas between them. */
export function namesOf({ options }: Call, option: string): readonly string[] {
  return (options.text(option) ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
