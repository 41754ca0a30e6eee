import type { NextKind, NextOf } from '../../domain/next';

/** One function for each kind of step. */
export type NextWords<K extends NextKind> = {
  readonly [D in K]: (next: NextOf<D>) => string;
};

/** Those of some kinds. */
export type SomeWords = Partial<NextWords<NextKind>>;
