import type { Command } from 'commander';
import { USER_FIELD_NAMES, USER_FIELDS, type UserField } from '../../../domain/users/fields';
import { repeatable, type Call } from '../../command';
import { usage } from '../../failure';

/** Adds an option for each field, and --property. */
export function fieldOptions(
  command: Command,
  { only = USER_FIELD_NAMES }: { readonly only?: readonly UserField[] } = {},
): Command {
  for (const field of only) {
    command.option(`--${dashed(field)} <value>`, HINTS[USER_FIELDS[field].kind]);
  }
  return command.option('--property <key=value>', 'a custom property (repeatable)', repeatable);
}

const HINTS = {
  key: 'unique in the platform',
  text: '',
  date: 'YYYY-MM-DD',
  status: 'active or inactive',
  organization: 'its code',
  manager: 'id, code, login or e-mail',
} as const;

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The values that the field options set. */
export function setFields({ options }: Pick<Call, 'options'>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const field of USER_FIELD_NAMES) {
    const value = options.text(field);
    if (value !== undefined) set[field] = value;
  }
  for (const pair of options.list('property')) {
    const at = pair.indexOf('=');
    if (at < 1) throw usage(`--property takes key=value, not "${pair}".`);
    set[`properties.${pair.slice(0, at).trim()}`] = pair.slice(at + 1);
  }
  return set;
}

/** The names in a repeatable option, which may also stand with commas between them. */
export function namesIn({ options }: Pick<Call, 'options'>, option: string): string[] {
  return options
    .list(option)
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
