import { createHash } from 'node:crypto';

/** A number from 0 up to, not including, 1 that depends on nothing but its arguments. */
export function chanceOf(...labels: readonly (string | number)[]): number {
  return createHash('sha256').update(labels.join('/')).digest().readUInt32BE(0) / 0x1_0000_0000;
}

/** The median of a list of numbers; 0 for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
