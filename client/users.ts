import type { UserView } from '../domain/users/userView';
import * as bulk from '../operations/users/bulk';
import type { BulkChange, BulkInput, BulkRun } from '../operations/users/bulk';
import type { OperationContext, Session } from '../operations/context';
import { checkMerge, createMerge, type MergeInput } from '../operations/merges/merge';
import { createUnmerge, type UnmergeInput } from '../operations/merges/unmerge';
import * as links from '../operations/users/links';
import type { LinkInput } from '../operations/users/links';
import type { Selection } from '../operations/users/selection';
import * as edits from '../operations/users/userEdits';
import type { EditUser } from '../operations/users/userEdits';
import type { FieldInput } from '../operations/users/userFields';
import * as history from '../operations/users/userHistory';
import type { ExplainedUser, HistoryInput, UserHistory } from '../operations/users/userHistory';
import * as users from '../operations/users/users';
import type { ListUsers, UserList, UserWithRecords } from '../operations/users/users';
import type { Temporal } from '../temporal/gateway';
import { startExport, type ExportInput, type UserExport } from './users/exports';
import { launch } from './waiting/launch';

/** Users, one by one and in bulk. A `user` is an id, code, login or e-mail. */
export class Users {
  readonly #context: OperationContext;
  readonly #session: Session;
  readonly #temporal: () => Promise<Temporal>;

  /** @internal */
  constructor(o: { session: Session; temporal: () => Promise<Temporal> }) {
    this.#context = o.session.context;
    this.#session = o.session;
    this.#temporal = o.temporal;
  }

  /** One page; go on with `cursor` = `next`. */
  async list(input: ListUsers = {}): Promise<UserList> {
    return users.listUsers(this.#context, input);
  }

  /** Every user that fits, in pages of `limit`; `cursor` begins after that user. */
  async *all(input: Omit<ListUsers, 'count'> = {}): AsyncGenerator<UserView, void> {
    for (let cursor = input.cursor ?? null, isFirst = true; isFirst || cursor !== null;) {
      isFirst = false;
      const page = await this.list({ ...input, ...(cursor === null ? {} : { cursor }) });
      yield* page.users;
      cursor = page.next;
    }
  }

  /**
   * Every user that fits, in one snapshot, as the text of a CSV file or as lines of JSON. Faults: as of
   * {@link Users.list}; `usage` for unknown columns; `forbidden`.
   */
  async export(input: ExportInput = {}): Promise<UserExport> {
    return startExport(this.#session, input);
  }

  /** With `access`: whether the user can sign in, and why; and with the learner records. */
  async get(user: string): Promise<UserWithRecords> {
    return users.showUser(this.#context, user);
  }

  /** With the source, run and time of each field's value. */
  async explain(user: string): Promise<ExplainedUser> {
    return history.explainUser(this.#context, user);
  }

  /** One page, newest first; go on with `cursor` = `next`. */
  async history(input: HistoryInput): Promise<UserHistory> {
    return history.userHistory(this.#context, input);
  }

  async create(input: FieldInput): Promise<UserView> {
    return edits.createUser(this.#context, input);
  }

  async edit(input: EditUser): Promise<UserView> {
    return edits.editUser(this.#context, input);
  }

  async protect(user: string, on = true): Promise<UserView> {
    return edits.protectUser(this.#context, { user, on });
  }

  async link(input: LinkInput & { move?: boolean }): Promise<UserView> {
    return links.linkUser(this.#context, input);
  }

  async unlink(input: LinkInput): Promise<UserView> {
    return links.unlinkUser(this.#context, input);
  }

  /** How many users {@link Users.change} would select, and how many of them it would change. */
  async sizeOfChange(
    input: Selection & BulkChange,
  ): Promise<{ readonly chosen: number; readonly changed: number }> {
    return bulk.sizeOfBulk(this.#context, input);
  }

  /** Starts a run that changes many; nothing is recorded while Temporal is away. */
  async change(input: BulkInput): Promise<{ readonly runId: string }> {
    await this.#temporal();
    const run = await bulk.createBulk(this.#context, input);
    await launch(this.#temporal, run);
    return { runId: run.runId };
  }

  /**
   * Starts a run that gives many the same values, and clears fields of them: `change` with `set` and `clear`.
   * All of it counts as set by hand, so that imports leave it alone.
   */
  async set(input: Selection & FieldInput & BulkRun): Promise<{ readonly runId: string }> {
    return this.change(input);
  }

  /**
   * Starts a run that merges two users: the redundant one is absorbed by the survivor. Without `asShown` or
   * `expect: 1` it is put on hold. `rollcall.merges.preview(runId)` shows what a dry run would do.
   */
  async merge(input: MergeInput): Promise<{ readonly runId: string }> {
    await this.#temporal();
    const run = await createMerge(this.#context, input);
    await launch(this.#temporal, run);
    return { runId: run.runId };
  }

  /**
   * Starts a run that takes a merge back: both people are as they were, and what was changed since stays.
   * `rollcall.merges.previewUnmerge(runId)` shows what a dry run would do.
   */
  async unmerge(
    input: UnmergeInput,
  ): Promise<{ readonly runId: string; readonly mergeId: string }> {
    await this.#temporal();
    const run = await createUnmerge(this.#context, input);
    await launch(this.#temporal, run);
    return { runId: run.runId, mergeId: run.mergeId };
  }

  /** Refuses what {@link Users.merge} refuses, and records nothing. */
  async checkMerge(input: MergeInput): Promise<void> {
    return checkMerge(this.#context, input);
  }
}
