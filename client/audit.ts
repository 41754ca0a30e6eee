import type { AuditEventView, AuditList, ListAudit } from '../operations/audit/audit';
import type { OperationContext } from '../operations/context';

const operations = () => import('../operations/audit/audit.js');

/** Who did what to which subject, through which door, and with which values. For admins and owners. */
export class Audit {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** One page, newest first; go on with `cursor` = `next`. Faults: `forbidden`, `usage`, `not_found`. */
  async list(input: ListAudit = {}): Promise<AuditList> {
    return (await operations()).listAudit(this.#context, input);
  }

  /** Every event that fits, in pages of `limit`; `cursor` begins after that event. */
  async *all(input: ListAudit = {}): AsyncGenerator<AuditEventView, void> {
    for (let cursor = input.cursor ?? null, isFirst = true; isFirst || cursor !== null;) {
      isFirst = false;
      const page = await this.list({ ...input, ...(cursor === null ? {} : { cursor }) });
      yield* page.events;
      cursor = page.next;
    }
  }
}
