import type { StoreConfig } from '../../config/env';
import { secretKeys } from '../../config/keyFile';
import { contextWith, type OperationContext } from '../../operations/context';
import type {
  AddSuppression,
  ChangedSuppression,
  ListSuppressions,
  RemovedSuppressions,
  RemoveSuppression,
  SuppressionContext,
  SuppressionList,
} from '../../operations/letters/suppressions';

const operations = () => import('../../operations/letters/suppressions.js');

/** Addresses that get no letters: they bounced, their owner unsubscribed or complained, or an admin said so. */
export class Suppressions {
  readonly #context: SuppressionContext;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly config: StoreConfig }) {
    this.#context = contextWith(o.context, { keys: secretKeys(o.config) });
  }

  /** One page, the newest first; go on with `cursor` = `next`. Faults: `usage`. */
  async list(input: ListSuppressions = {}): Promise<SuppressionList> {
    return (await operations()).listSuppressions(this.#context, input);
  }

  /** `change` says what was written. Faults: `usage` (all of them). */
  async add(input: AddSuppression): Promise<ChangedSuppression> {
    return (await operations()).addSuppression(this.#context, input);
  }

  /** Letters go there again, but for the reasons in `left`. Faults: `usage`, `not_found`. */
  async remove(input: RemoveSuppression): Promise<RemovedSuppressions> {
    return (await operations()).removeSuppression(this.#context, input);
  }
}
