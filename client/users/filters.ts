import type { OperationContext } from '../../operations/context';
import type { FilterAttributeView } from '../../operations/users/filterAttributes';
import type {
  DeletedFilter,
  ListedFilter,
  SavedFilterView,
  SaveFilter,
} from '../../operations/users/filters';

const operations = () => import('../../operations/users/filters.js');

/** Saved filters: the actor's own, and those that admins share. A name means the own one first. */
export class Filters {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** Saves a filter of the actor's own; replaces the own one of that name. */
  async save(input: SaveFilter): Promise<SavedFilterView> {
    return (await operations()).saveFilter(this.#context, input);
  }

  /** With how many people each finds within the reach of the actor. */
  async list(): Promise<ListedFilter[]> {
    return (await operations()).listFilters(this.#context);
  }

  /** What a filter can name, with its type, and whether an index answers `eq`. */
  async attributes(): Promise<FilterAttributeView[]> {
    const { filterAttributes } = await import('../../operations/users/filterAttributes.js');
    return filterAttributes(this.#context);
  }

  async rename(input: { readonly name: string; readonly to: string }): Promise<SavedFilterView> {
    return (await operations()).renameFilter(this.#context, input);
  }

  /** What was deleted, and what the name means from now on. */
  async delete(name: string): Promise<DeletedFilter> {
    return (await operations()).deleteFilter(this.#context, name);
  }
}
