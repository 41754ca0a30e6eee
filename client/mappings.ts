import type { OperationContext } from '../operations/context';
import * as operations from '../operations/sources/mappings';

/** Saved column and value maps, used by name in `--map`. */
export class Mappings {
  readonly #context: OperationContext;

  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** Replaces one of that name. */
  async save(input: operations.SaveMapping): Promise<operations.SavedMapping> {
    return operations.saveMapping(this.#context, input);
  }

  async list(): Promise<operations.SavedMapping[]> {
    return operations.listMappings(this.#context);
  }

  async get(name: string): Promise<operations.SavedMapping> {
    return operations.showMapping(this.#context, name);
  }

  async delete(name: string): Promise<void> {
    return operations.deleteMapping(this.#context, name);
  }
}
