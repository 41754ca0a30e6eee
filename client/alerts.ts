import type { StoreConfig } from '../config/env';
import { secretKeys } from '../config/keyFile';
import * as operations from '../operations/alerts/alerts';
import type {
  AddAlert,
  AddedAlert,
  AlertContext,
  AlertTargetView,
  AlertTest,
} from '../operations/alerts/alerts';
import type { OperationContext } from '../operations/context';
import { ALERT_WORDS } from '../wording/alerts';

/** Where alerts go when something waits for a person: by mail or by signed webhook. */
export class Alerts {
  readonly #context: AlertContext;

  /** @internal */
  constructor(o: { context: OperationContext; config: StoreConfig }) {
    const { allowPrivateHosts, smtpUrl, mailFrom } = o.config;
    const { context } = o;
    this.#context = {
      ...context,
      ...{ keys: secretKeys(o.config), allowPrivateHosts, smtpUrl, mailFrom, words: ALERT_WORDS },
      // Looked up with each call: a copy would keep the level of the moment at which the session began.
      get level() {
        return context.level;
      },
    };
  }

  /** Faults: `usage` (all of them), `conflict`. */
  async add(input: AddAlert): Promise<AddedAlert> {
    return operations.addAlert(this.#context, input);
  }

  async list(): Promise<AlertTargetView[]> {
    return operations.listAlerts(this.#context);
  }

  /** Sends a test at once, from this process. Faults: `not_found`, `unavailable`. */
  async test(id: string): Promise<AlertTest> {
    return operations.testAlert(this.#context, id);
  }

  /** Faults: `not_found`. */
  async remove(id: string): Promise<{ readonly id: string; readonly to: string }> {
    return operations.removeAlert(this.#context, id);
  }
}
