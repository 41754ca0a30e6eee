import { LEVELS, type LevelsRow } from '../domain/admins/levels';
import type { AdminView, CreatedToken, TokenView } from '../domain/admins/adminView';
import type { AddAdmin, SetAdmin } from '../operations/admins/admins';
import type { CreateToken } from '../operations/admins/tokens';
import type { OperationContext } from '../operations/context';

const admins = () => import('../operations/admins/admins.js');
const tokens = () => import('../operations/admins/tokens.js');

/** Who may act here, and how far each one reaches. */
export class Admins {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** A viewer without organizations sees everybody. Faults: `usage`, `conflict`, `not_found`. */
  async add(input: AddAdmin): Promise<AdminView> {
    return (await admins()).addAdmin(this.#context, input);
  }

  async list(): Promise<AdminView[]> {
    return (await admins()).listAdmins(this.#context);
  }

  /** By name or id. Faults: `not_found`. */
  async get(admin: string): Promise<AdminView> {
    return (await admins()).showAdmin(this.#context, admin);
  }

  /** Faults: `usage`, `conflict` (also `last_owner`), `not_found`. */
  async set(input: SetAdmin): Promise<AdminView> {
    return (await admins()).setAdmin(this.#context, input);
  }

  /** Which level may use which operation, and how far it reaches; the same for every store. */
  levels(): readonly LevelsRow[] {
    return LEVELS;
  }

  /** Lets an admin do nothing from now on. Faults: `conflict` (`last_owner`), `not_found`. */
  async disable(admin: string): Promise<AdminView> {
    return (await admins()).disableAdmin(this.#context, admin);
  }
}

/** The tokens by which admins show who they are. */
export class Tokens {
  readonly #context: OperationContext;

  /** @internal */
  constructor(context: OperationContext) {
    this.#context = context;
  }

  /** The secret is in the answer and nowhere else. Faults: `usage`, `conflict`, `not_found`. */
  async create(input: CreateToken = {}): Promise<CreatedToken> {
    return (await tokens()).createToken(this.#context, input);
  }

  /** The actor's own tokens; an owner sees those of everybody, or of one admin. */
  async list(o: { readonly admin?: string } = {}): Promise<TokenView[]> {
    return (await tokens()).listTokens(this.#context, o);
  }

  /** By the beginning of the token, or its id. Faults: `not_found`, `usage` (ambiguous). */
  async revoke(token: string): Promise<TokenView> {
    return (await tokens()).revokeToken(this.#context, token);
  }
}
