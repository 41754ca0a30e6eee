import type { UserView } from '../domain/users/userView';
import type { BulkChange, BulkInput, BulkRun } from '../operations/users/bulk';
import type { OperationContext, Session } from '../operations/context';
import type { MergeInput } from '../operations/merges/merge';
import type { UnmergeInput } from '../operations/merges/unmerge';
import type { LinkInput } from '../operations/users/links';
import type { Selection } from '../operations/users/selection';
import type { EditUser } from '../operations/users/userEdits';
import type { FieldInput } from '../operations/users/userFields';
import type { ExplainedUser, HistoryInput, UserHistory } from '../operations/users/userHistory';
import type { ListUsers, UserList, UserWithRecords } from '../operations/users/users';
import type { Temporal } from '../temporal/gateway';
import { startExport, type ExportInput, type UserExport } from './users/exports';
import { launch } from './waiting/launch';

const bulk = () => import('../operations/users/bulk.js');
const mergeModule = () => import('../operations/merges/merge.js');
const unmergeModule = () => import('../operations/merges/unmerge.js');
const links = () => import('../operations/users/links.js');
const edits = () => import('../operations/users/userEdits.js');
const history = () => import('../operations/users/userHistory.js');
const users = () => import('../operations/users/users.js');

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
    return (await users()).listUsers(this.#context, input);
  }

  /** Every user that fits, in pages of `limit`; `cursor` begins after that user. A search is exact. */
  async *all(input: Omit<ListUsers, 'count' | 'exact'> = {}): AsyncGenerator<UserView, void> {
    for (let cursor = input.cursor ?? null, isFirst = true; isFirst || cursor !== null;) {
      isFirst = false;
      const page = await this.list({
        ...input,
        exact: true,
        ...(cursor === null ? {} : { cursor }),
      });
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
    return (await users()).showUser(this.#context, user);
  }

  /** With the source, run and time of each field's value. */
  async explain(user: string): Promise<ExplainedUser> {
    return (await history()).explainUser(this.#context, user);
  }

  /** One page, newest first; go on with `cursor` = `next`. */
  async history(input: HistoryInput): Promise<UserHistory> {
    return (await history()).userHistory(this.#context, input);
  }

  async create(input: FieldInput): Promise<UserView> {
    return (await edits()).createUser(this.#context, input);
  }

  async edit(input: EditUser): Promise<UserView> {
    return (await edits()).editUser(this.#context, input);
  }

  async protect(user: string, on = true): Promise<UserView> {
    return (await edits()).protectUser(this.#context, { user, on });
  }

  async link(input: LinkInput & { move?: boolean }): Promise<UserView> {
    return (await links()).linkUser(this.#context, input);
  }

  async unlink(input: LinkInput): Promise<UserView> {
    return (await links()).unlinkUser(this.#context, input);
  }

  /** How many users {@link Users.change} would select, and how many of them it would change. */
  async sizeOfChange(
    input: Selection & BulkChange,
  ): Promise<{ readonly chosen: number; readonly changed: number }> {
    return (await bulk()).sizeOfBulk(this.#context, input);
  }

  /** Starts a run that changes many; nothing is recorded while Temporal is away. */
  async change(input: BulkInput): Promise<{ readonly runId: string }> {
    await this.#temporal();
    const run = await (await bulk()).createBulk(this.#context, input);
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
    const run = await (await mergeModule()).createMerge(this.#context, input);
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
    const run = await (await unmergeModule()).createUnmerge(this.#context, input);
    await launch(this.#temporal, run);
    return { runId: run.runId, mergeId: run.mergeId };
  }

  /** Refuses what {@link Users.merge} refuses, and records nothing. */
  async checkMerge(input: MergeInput): Promise<void> {
    return (await mergeModule()).checkMerge(this.#context, input);
  }
}
