import { Fault, LISTING_UNSTABLE } from '../../domain/faults';
import type { OnSecretChanged, TokenCache } from './auth';
import { openAuth } from './auth';
import type { Turn } from './caller';
import { openCaller } from './caller';
import type { Http } from '../http/http';
import { readOne } from './one';
import type { OneResult } from './one';
import { readPage } from './readPage';
import type { NextResult } from './results';
import type { Settings } from '../declaration/settings';
import { resolveSettings } from '../declaration/settings';
import type { Connector } from '../declaration/schema';
import { unusable } from './since';
import type { Cursor, PageState } from './state';
import { EMPTY_PROOF, FIRST_PLACE } from './state';

export interface ReaderInput extends Settings {
  readonly connector: Connector;
  readonly http: Http;
  /** Epoch ms. */
  readonly clock: () => number;
  /** From 0 up to 1: jitter of waits. */
  readonly random: () => number;
  /** Asked before each call: epoch ms until which the credential has no budget, or null. */
  readonly turn?: Turn | undefined;
  readonly onSecretChanged?: OnSecretChanged | undefined;
  /** Tokens of this process; without it each reader asks for its own. */
  readonly tokens?: TokenCache | undefined;
}

export interface BeginInput {
  readonly mode: 'full' | 'changes';
  readonly cursor: Cursor | null;
  /** How often this read was begun before; after 2 restarts a third is a Fault. */
  readonly attempt?: number;
}

/**
 * Reads one source. All that it keeps between two calls is in the state, except tokens and the page ahead.
 */
export interface Reader {
  begin(input: BeginInput): PageState;
  /**
   * Reads the page at `state`. The same state reads that page again, as the vendor has it then.
   * `ahead`: also requests the page after it, for a caller that reads on at once (default: false).
   *
   * @throws Fault `forbidden` (`credentials_refused`, `access_refused`), `invalid` (`link_refused`,
   * `host_refused`, `redirect_refused`, `answer_too_large`, `source_not_found`, `bad_settings`),
   * `unavailable` (`source_unreachable`, `source_timeout`, `source_failing`, `source_not_data`,
   * `listing_unstable`), `bug` (`request_refused`, `no_list`, `state_too_large`).
   */
  next(state: PageState, o?: { readonly ahead: boolean }): Promise<NextResult>;
  /**
   * Asks for one person by id, where the connector can; `tries`: how often it had to wait before.
   * @throws Fault as `next`.
   */
  one(externalId: string, tries?: number): Promise<OneResult>;
  /** True where the connector can read changes, or one person by id. */
  readonly can: { readonly changes: boolean; readonly one: boolean };
}

/** A read is started this often before it is given up. */
const MAX_ATTEMPTS = 3;

/** @throws Fault `invalid`/`bad_settings`. */
export function openReader(input: ReaderInput): Reader {
  const source = resolveSettings(input.connector, input);
  const { http, clock, random, turn } = input;
  const auth = openAuth({
    source,
    http,
    clock,
    onSecretChanged: input.onSecretChanged,
    tokens: input.tokens,
  });
  const caller = openCaller({ source, http, auth, clock, random, turn });
  const { reads } = source.connector;
  const reading = { source, caller, memo: { page: null, edge: null, ahead: null } };
  return {
    can: { changes: reads.changes !== undefined, one: reads.one !== undefined },
    begin: ({ mode, cursor, attempt = 0 }) => ({
      v: 1,
      mode,
      attempt,
      cursor: mode === 'full' ? null : cursor,
      startedAt: clock(),
      serverAt: null,
      feedPlace: null,
      read: 0,
      place: FIRST_PLACE,
      tries: 0,
      refused: false,
      notBefore: null,
      emptyPages: 0,
      marks: [],
      tortoise: null,
      proof: EMPTY_PROOF,
      edge: null,
      earlier: [],
      coverage: {},
      withheld: {},
      seenMax: null,
    }),
    next: async (state, { ahead } = { ahead: false }) => {
      const old =
        state.mode === 'changes' ? unusable(reads.changes, state.cursor, state.startedAt) : null;
      if (old !== null) return { kind: 'full', reason: old };
      const result = await readPage(reading, state, ahead);
      if (result.kind === 'restart' && state.attempt + 1 >= MAX_ATTEMPTS) {
        throw new Fault('unavailable', {
          code: LISTING_UNSTABLE,
          message: `${result.reason} It was begun ${String(state.attempt + 1)} times.`,
          next: 'It is tried again later; ask the vendor when it stays so.',
        });
      }
      return result;
    },
    one: (externalId, tries) => readOne(source, caller, externalId, tries),
  };
}

export type { OneResult };
