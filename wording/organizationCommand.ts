import { isPasteable, shellWord } from '../domain/shown';

/** The command that makes an organization which a file names. */
export function organizationCommand(name: string): string {
  return isPasteable(name)
    ? `rollcall orgs create ${shellWord(name)} --name ${shellWord(name)}`
    : 'rollcall orgs create CODE --name NAME';
}
