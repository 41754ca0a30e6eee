import { isPasteable, shellWord } from '../../domain/shown';
import type { SomeWords } from './words';

/** Words of the steps about users, organizations, properties and saved filters. */
export const USER_WORDS = {
  listUsers: () => 'rollcall users list',
  pageUsers: ({ limit }) =>
    `rollcall users list --limit ${String(limit)}, then --cursor with "next" of the page before`,
  searchUsers: ({ all }) => `rollcall users list${all ? ' --status all' : ''} --search NAME`,
  filterUsers: () => 'rollcall users list --filter \'displayName co "Anna"\'',
  listUsersWith: ({ property }) =>
    `rollcall users list --status all --filter 'properties.${property} pr'`,
  showUser: ({ user }) => `rollcall users show ${user}`,
  pageHistory: ({ limit }) =>
    `rollcall users history USER --limit ${String(limit)}, then --cursor with "next" of the page before`,
  createUser: () => 'rollcall users create --email anna@example.com --first-name Anna',
  editUser: ({ user }) => `rollcall users edit ${user}`,
  giveEmail: ({ user }) => `rollcall users edit ${user} --email ADDRESS`,
  chooseManager: ({ user }) => `rollcall users edit ${user} --manager OTHER`,
  releaseField: () => 'Release it in a second command: rollcall users edit USER --release FIELD',
  editKey: ({ field }) => `Give it to each of them: rollcall users edit USER --${field} VALUE`,
  setMany: () => 'rollcall users set --filter \'department eq "Sales"\' --location Graz --dry-run',
  linkIdentity: () => 'rollcall users link USER --source csv --external-id 10042',
  moveIdentity: ({ user, source, externalId }) =>
    `Move it: rollcall users link ${user} --source ${source} --external-id ${idWord(externalId)} --move`,
  unlinkIdentity: ({ user, source, externalId }) =>
    `rollcall users unlink ${user} --source ${source} --external-id ${idWord(externalId)} (then resolve again)`,
  listOrganizations: () => 'rollcall orgs list',
  showOrganization: ({ code }) => `rollcall orgs show "${code}"`,
  createOrganization: () => 'rollcall orgs create SALES --name "Sales"',
  reopenOrganization: ({ code }) => `rollcall orgs archive ${shellWord(code)} --undo`,
  reopenProperty: ({ key }) => `rollcall properties archive ${key} --undo`,
  listProperties: () => 'rollcall properties list',
  createProperty: () => 'rollcall properties create costCentre --type text --name "Cost centre"',
  declareProperty: ({ key }) => `rollcall properties create ${key} --type text --name NAME`,
  listFilters: () => 'rollcall filters list',
  findDuplicates: () => 'rollcall users duplicates',
  saveFilter: () => 'rollcall filters save sales \'department eq "Sales"\'',
  deleteFilter: ({ name }) => `rollcall filters delete "${name}", or choose another name`,
  mergeUsers: ({ survivor, redundant, take }) =>
    `${mergeCommand({ survivor, redundant, take })} --dry-run`,
  mergeAsShown: ({ survivor, redundant, take, shown }) =>
    `${mergeCommand({ survivor, redundant, take })} --as-shown ${shown}`,
  listMerges: () => 'rollcall merges list',
  showMerge: ({ merge }) => `rollcall merges show ${merge}`,
  unmerge: ({ merge }) => `rollcall users unmerge ${merge} --dry-run`,
} as const satisfies SomeWords;

function mergeCommand(o: {
  readonly survivor: string;
  readonly redundant: string;
  readonly take: readonly string[];
}): string {
  const take = o.take.map((choice) => ` --take ${shellWord(choice)}`).join('');
  return `rollcall users merge ${shellWord(o.survivor)} ${shellWord(o.redundant)}${take}`;
}

/** An external id as a word of a command; its place where it may not be pasted. */
function idWord(externalId: string): string {
  return isPasteable(externalId) ? shellWord(externalId) : 'ID';
}
