import type { OperationContext } from '../operations/context';
import type { SaveMapping, SavedMapping } from '../operations/sources/mappings';

const operations = () => import('../operations/sources/mappings.js');

/** Saved column and value maps, used by name in `--map`. */
export class Mappings {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** Saves a mapping; replaces one of the same name. */
  async save(input: SaveMapping): Promise<SavedMapping> {
    return (await operations()).saveMapping(this.#context, input);
  }

  async list(): Promise<SavedMapping[]> {
    return (await operations()).listMappings(this.#context);
  }

  async get(name: string): Promise<SavedMapping> {
    return (await operations()).showMapping(this.#context, name);
  }

  async delete(name: string): Promise<void> {
    return (await operations()).deleteMapping(this.#context, name);
  }
}
