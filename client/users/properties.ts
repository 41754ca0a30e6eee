import type { PropertyDefinition } from '../../domain/users/fields';
import type { OperationContext } from '../../operations/context';
import * as operations from '../../operations/users/properties';

/** Custom properties of users: `properties.KEY` in files and filters. */
export class Properties {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  async list(): Promise<PropertyDefinition[]> {
    return operations.listProperties(this.#context);
  }

  async create(input: PropertyDefinition): Promise<PropertyDefinition> {
    return operations.createProperty(this.#context, input);
  }

  /** Only while no user has a value in it. */
  async delete(key: string): Promise<void> {
    return operations.deleteProperty(this.#context, key);
  }
}
