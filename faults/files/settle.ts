import type { Dice } from '../sync/chance';
import type { Admin, Scene } from './admin';
import type { End } from './follow';
import type { Rejections } from './rejections';

interface Settling {
  readonly admin: Admin;
  readonly rejections: Rejections;
  readonly dice: Dice;
  readonly scene: Scene;
  /** Gives the same file once more; absent: there is no file. */
  readonly again?: () => Promise<End>;
}

/** What became of a read, once all that was held of it is decided. */
export interface Settled {
  /** How the last run of the read ended. */
  readonly end: End;
  /** The runs of the read: two when the same file was given once more. */
  readonly runs: readonly string[];
  /** The last run that was applied, completely or in part. */
  readonly applied: string | null;
  /** The same file came again while changes of it were rejected; `held`: it was put on hold. */
  readonly repeated: 'no' | 'held' | 'changed nothing rejected';
  readonly wrong: readonly string[];
}

/**
 * Decides what a gate holds. The file of a run that was rejected, completely or in part, is sometimes
 * given once more: what a person rejected of it must not be applied without a look.
 */
export async function settle(end: End, o: Settling): Promise<Settled> {
  const first = await decided(end, o);
  const isRejected = first.end.state === 'rejected' || o.admin.partly.has(end.runId);
  if (!isRejected || o.again === undefined || !o.dice.often(0.5)) return first;
  const standing = o.rejections.standing > 0;
  const given = await o.again();
  const second = await decided(given, o);
  return {
    end: second.end,
    runs: [...first.runs, ...second.runs],
    applied: second.applied ?? first.applied,
    repeated: !standing ? 'no' : given.state === 'held' ? 'held' : 'changed nothing rejected',
    wrong: [...first.wrong, ...second.wrong],
  };
}

async function decided(end: End, { admin, rejections, scene }: Settling): Promise<Settled> {
  const last = end.state === 'held' ? await admin.decide(end, scene) : end;
  const unseen = end.state === 'done' ? await rejections.applied(end.runId) : [];
  const failed = [end, last].find(({ state }) => state === 'failed');
  return {
    end: last,
    runs: [end.runId],
    applied: last.state === 'done' ? last.runId : null,
    repeated: 'no',
    wrong: failed === undefined ? unseen : [...unseen, `a run failed: ${String(failed.code)}`],
  };
}
