import type { PropertyDefinition } from '../../domain/users/fields';
import type { OperationContext } from '../../operations/context';
import type { CountedProperty, PropertyView } from '../../operations/users/properties';

const operations = () => import('../../operations/users/properties.js');

/** Custom properties of users: `properties.KEY` in files and filters. */
export class Properties {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** By key; the archived ones with `all`. */
  async list(input: { readonly all?: boolean } = {}): Promise<PropertyView[]> {
    return (await operations()).listProperties(this.#context, input);
  }

  /** As {@link list}, with how many people have a value in each. */
  async counts(input: { readonly all?: boolean } = {}): Promise<CountedProperty[]> {
    return (await operations()).countProperties(this.#context, input);
  }

  async get(key: string): Promise<CountedProperty> {
    return (await operations()).showProperty(this.#context, key);
  }

  async create(input: PropertyDefinition): Promise<PropertyDefinition> {
    return (await operations()).createProperty(this.#context, input);
  }

  /** Changes the name that people read; the key stays. */
  async rename(input: { readonly key: string; readonly name: string }): Promise<PropertyView> {
    return (await operations()).renameProperty(this.#context, input);
  }

  /** Nobody gets a new value in it; the values stay. With `undo` people can get values again. */
  async archive(input: { readonly key: string; readonly undo?: boolean }): Promise<PropertyView> {
    return (await operations()).archiveProperty(this.#context, input);
  }

  /** Only while no user has a value in it. */
  async delete(key: string): Promise<void> {
    return (await operations()).deleteProperty(this.#context, key);
  }
}
