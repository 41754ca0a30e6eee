import type { StoreConfig } from '../config/env';
import { secretKeys } from '../config/keyFile';
import type {
  AddAlert,
  AddedAlert,
  AlertContext,
  AlertTargetView,
  AlertTest,
} from '../operations/alerts/alerts';
import { contextWith, type OperationContext } from '../operations/context';
import { ALERT_WORDS } from '../wording/alerts';

const operations = () => import('../operations/alerts/alerts.js');

/** Where alerts go when something waits for a person: by mail or by signed webhook. */
export class Alerts {
  readonly #context: AlertContext;

  /** @internal */
  constructor(o: { context: OperationContext; config: StoreConfig }) {
    const { allowPrivateHosts, smtpUrl, mailFrom } = o.config;
    this.#context = contextWith(o.context, {
      ...{ keys: secretKeys(o.config), allowPrivateHosts, smtpUrl, mailFrom, words: ALERT_WORDS },
    });
  }

  /** Faults: `usage` (all of them), `conflict`. */
  async add(input: AddAlert): Promise<AddedAlert> {
    return (await operations()).addAlert(this.#context, input);
  }

  async list(): Promise<AlertTargetView[]> {
    return (await operations()).listAlerts(this.#context);
  }

  /** Sends a test at once, from this process. Faults: `not_found`, `unavailable`. */
  async test(id: string): Promise<AlertTest> {
    return (await operations()).testAlert(this.#context, id);
  }

  /** Faults: `not_found`. */
  async remove(id: string): Promise<{ readonly id: string; readonly to: string }> {
    return (await operations()).removeAlert(this.#context, id);
  }
}
