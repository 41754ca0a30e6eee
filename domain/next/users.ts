/** Steps about users, organizations, properties and saved filters. `user` is an id. */
export interface UserSteps {
  listUsers: object;
  pageUsers: { readonly limit: number };
  /** `all`: inactive people, too. */
  searchUsers: { readonly all: boolean };
  /** How a filter chooses users. */
  filterUsers: object;
  listUsersWith: { readonly property: string };
  showUser: { readonly user: string };
  pageHistory: { readonly limit: number };
  /** How a user is created. */
  createUser: object;
  editUser: { readonly user: string };
  giveEmail: { readonly user: string };
  chooseManager: { readonly user: string };
  releaseField: object;
  /** Give one user a key: a code, a login or an e-mail. */
  editKey: { readonly field: string };
  /** How many users get the same values. */
  setMany: object;
  /** How a source's id is linked. */
  linkIdentity: object;
  moveIdentity: { readonly user: string; readonly source: string; readonly externalId: string };
  /** Remove the id from the user that has it, then resolve the conflict again. */
  unlinkIdentity: { readonly user: string; readonly source: string; readonly externalId: string };
  listOrganizations: object;
  showOrganization: { readonly code: string };
  /** How an organization is created. */
  createOrganization: object;
  /** Let people into an archived organization again. */
  reopenOrganization: { readonly code: string };
  /** Let people get values in an archived property again. */
  reopenProperty: { readonly key: string };
  listProperties: object;
  /** How a property is declared. */
  createProperty: object;
  declareProperty: { readonly key: string };
  listFilters: object;
  /** Look for users that may be one person. */
  findDuplicates: object;
  /** How a filter is saved. */
  saveFilter: object;
  deleteFilter: { readonly name: string };
  /** See what a merge would do. `take`: as typed; users as a command names them. */
  mergeUsers: {
    readonly survivor: string;
    readonly redundant: string;
    readonly take: readonly string[];
  };
  /** Merge two users as it was shown. */
  mergeAsShown: {
    readonly survivor: string;
    readonly redundant: string;
    readonly take: readonly string[];
    readonly shown: string;
  };
  listMerges: object;
  showMerge: { readonly merge: string };
  /** See what taking a merge back would do. */
  unmerge: { readonly merge: string };
}

/** As `SHAPES` in `domain/next.ts`. */
export const USER_SHAPES = {
  listUsers: 'command',
  pageUsers: 'sentence',
  searchUsers: 'command',
  filterUsers: 'command',
  listUsersWith: 'command',
  showUser: 'command',
  pageHistory: 'sentence',
  createUser: 'command',
  editUser: 'command',
  giveEmail: 'command',
  chooseManager: 'command',
  releaseField: 'sentence',
  editKey: 'sentence',
  setMany: 'command',
  linkIdentity: 'command',
  moveIdentity: 'sentence',
  unlinkIdentity: 'sentence',
  listOrganizations: 'command',
  showOrganization: 'command',
  createOrganization: 'command',
  reopenOrganization: 'command',
  reopenProperty: 'command',
  listProperties: 'command',
  createProperty: 'command',
  declareProperty: 'command',
  listFilters: 'command',
  findDuplicates: 'command',
  saveFilter: 'command',
  deleteFilter: 'sentence',
  mergeUsers: 'command',
  mergeAsShown: 'command',
  listMerges: 'command',
  showMerge: 'command',
  unmerge: 'command',
} as const satisfies Record<keyof UserSteps, 'command' | 'sentence'>;
