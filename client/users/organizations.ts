import type { OperationContext } from '../../operations/context';
import * as operations from '../../operations/users/organizations';
import type {
  CodeAndName,
  OrganizationView,
  SetOrganization,
} from '../../operations/users/organizations';

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
    return operations.listOrganizations(this.#context, input);
  }

  async get(code: string): Promise<OrganizationView> {
    return operations.showOrganization(this.#context, code);
  }

  async create(input: CodeAndName): Promise<OrganizationView> {
    return operations.createOrganization(this.#context, input);
  }

  /** Gives the organization of this code another name. */
  async rename(input: CodeAndName): Promise<OrganizationView> {
    return operations.renameOrganization(this.#context, input);
  }

  /** Nobody new comes into it; its people stay. With `undo` people can come again. */
  async archive(input: {
    readonly code: string;
    readonly undo?: boolean;
  }): Promise<OrganizationView> {
    return operations.archiveOrganization(this.#context, input);
  }

  /** What letters to its people show beside the sender's address, and where answers go. */
  async set(input: SetOrganization): Promise<OrganizationView> {
    return operations.setOrganization(this.#context, input);
  }
}
