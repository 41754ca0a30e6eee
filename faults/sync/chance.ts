import { chanceOf } from '../chance';

/** Draws that depend on nothing but a seed: the same seed repeats the same draws. */
export interface Dice {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  pick<T>(list: readonly T[]): T;
  /** True in a share of all draws. */
  often(share: number): boolean;
}

/** Mulberry32 from a seed. */
export function diceOf(...labels: readonly (string | number)[]): Dice {
  const state = { seed: Math.floor(chanceOf(...labels) * 0x1_0000_0000) };
  const next = (): number => {
    state.seed = (state.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(state.seed ^ (state.seed >>> 15), 1 | state.seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    pick: (list) => {
      const item = list[below(list.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    often: (share) => next() < share,
  };
}
