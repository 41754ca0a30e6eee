import type { StoreConfig } from '../config/env';
import { Fault } from '../domain/faults';
import type { OperationContext } from '../operations/context';
import type { Installation, Restored } from '../operations/installation';
import { countPollers } from '../temporal/pollers';

const installationModule = () => import('../operations/installation.js');

/** Which installation a database is, among all that share a Temporal namespace. */
export class Installations {
  readonly #context: OperationContext;
  readonly #config: StoreConfig;

  /** @internal */
  constructor(o: { readonly context: OperationContext; readonly config: StoreConfig }) {
    this.#context = o.context;
    this.#config = o.config;
  }

  /** The id, and whether this is the database that it was made in. */
  async get(): Promise<Installation> {
    return (await installationModule()).showInstallation(this.#context);
  }

  /**
   * Says what a restored database is: the same installation moved, or (`asCopy`) a copy beside it,
   * whose open runs are cancelled and whose systems are paused. A move is refused while a worker of
   * the installation polls, because the database before is then in use. Faults: `state`,
   * `forbidden`.
   */
  async restored(o: { readonly asCopy?: boolean } = {}): Promise<Restored> {
    const asCopy = o.asCopy ?? false;
    if (!asCopy) await this.#refuseInUse();
    const { plansDays: undoDays } = this.#config.retention;
    return (await installationModule()).restoreInstallation(this.#context, { asCopy, undoDays });
  }

  /** Where Temporal does not answer, nobody can say: the move goes on. */
  async #refuseInUse(): Promise<void> {
    const { temporal } = this.#config;
    const { id, isHere } = await this.get();
    if (temporal === null || isHere) return;
    const pollers = (await countPollers(temporal, id)) ?? 0;
    if (pollers === 0) return;
    throw new Fault('state', {
      code: 'installation_in_use',
      message: `A worker of installation ${id} asked for work in the last minute: the database before is in use, and two databases of one installation take each other's work.`,
      next: { do: 'databaseCopied' },
    });
  }
}
