import type { OperationContext } from '../operations/context';
import * as operations from '../operations/sources/mappings';
import type { SaveMapping, SavedMapping } from '../operations/sources/mappings';

/** Saved column and value maps, used by name in `--map`. */
export class Mappings {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** Saves a mapping; replaces one of the same name. */
  async save(input: SaveMapping): Promise<SavedMapping> {
    return operations.saveMapping(this.#context, input);
  }

  async list(): Promise<SavedMapping[]> {
    return operations.listMappings(this.#context);
  }

  async get(name: string): Promise<SavedMapping> {
    return operations.showMapping(this.#context, name);
  }

  async delete(name: string): Promise<void> {
    return operations.deleteMapping(this.#context, name);
  }
}
