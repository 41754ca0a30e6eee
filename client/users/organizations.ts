import type { OperationContext } from '../../operations/context';
import type {
  CodeAndName,
  OrganizationView,
  SetOrganization,
} from '../../operations/users/organizations';

const operations = () => import('../../operations/users/organizations.js');

/** Groups of users. Files, filters and commands name an organization by its code. */
export class Organizations {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /**
   * Those within the reach of the actor, by code, with how many users each has; the archived ones with `all`.
   */
  async list(input: { readonly all?: boolean } = {}): Promise<OrganizationView[]> {
    return (await operations()).listOrganizations(this.#context, input);
  }

  async get(code: string): Promise<OrganizationView> {
    return (await operations()).showOrganization(this.#context, code);
  }

  async create(input: CodeAndName): Promise<OrganizationView> {
    return (await operations()).createOrganization(this.#context, input);
  }

  /** Gives the organization of this code another name. */
  async rename(input: CodeAndName): Promise<OrganizationView> {
    return (await operations()).renameOrganization(this.#context, input);
  }

  /** Nobody new comes into it; its people stay. With `undo` people can come again. */
  async archive(input: {
    readonly code: string;
    readonly undo?: boolean;
  }): Promise<OrganizationView> {
    return (await operations()).archiveOrganization(this.#context, input);
  }

  /** What letters to its people show beside the sender's address, and where answers go. */
  async set(input: SetOrganization): Promise<OrganizationView> {
    return (await operations()).setOrganization(this.#context, input);
  }
}
