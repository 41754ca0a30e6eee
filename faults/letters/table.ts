import { markdownTable, outcomeOf } from '../printed';
import type { Played } from './play';

/** One campaign in a line. */
export function lineOf({ world, strikes, verdict, wrong, seconds }: Played): string {
  const { accepted, failed, unknown, unknowable } = verdict;
  const counts = `${String(accepted)} accepted, ${String(failed)} failed, ${String(unknown)} unknown (${String(unknowable)} unknowable)`;
  return `campaign ${String(world)}: ${strikes.join(' ')}: ${counts}, ${String(seconds)} s, ${outcomeOf(wrong)}`;
}

/** All campaigns together. */
export function lettersTable(all: readonly Played[]): string {
  const sum = (of: (played: Played) => number): string =>
    all.reduce((total, played) => total + of(played), 0).toLocaleString('en');
  const struck = (what: string): string =>
    sum(({ strikes }) => strikes.filter((one) => one === what).length);
  return markdownTable({ what: '---', 'how many': '--:' }, [
    ['campaigns', sum(() => 1)],
    ['recipients', sum(({ verdict }) => verdict.recipients)],
    ['kills of the worker', struck('worker')],
    ['kills of Postgres', struck('postgres')],
    ['kills of Temporal', struck('temporal')],
    ['kills of everything', struck('all')],
    ['accepted', sum(({ verdict }) => verdict.accepted)],
    ['failed', sum(({ verdict }) => verdict.failed)],
    ['unknown', sum(({ verdict }) => verdict.unknown)],
    ['letters after which the server hung up', sum(({ verdict }) => verdict.unknowable)],
    ['**got two**', sum(({ verdict }) => verdict.doubles.length)],
    ['**lost without a word**', sum(({ verdict }) => verdict.lost.length)],
    ['**falsely accepted**', sum(({ verdict }) => verdict.falselyAccepted.length)],
    ['**falsely failed**', sum(({ verdict }) => verdict.falselyFailed.length)],
    ['wrong in another way', sum(({ wrong }) => (wrong.length > 0 ? 1 : 0))],
  ]);
}
