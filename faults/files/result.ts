import type { SourceContext } from '../../operations/sources/polledSource';
import type { Answers } from '../answers';
import type { CompanyEvent } from './company';
import type { End } from './follow';
import type { Verdict } from './judge';
import type { Form, Mischief } from './mischief';
import type { Settled } from './settle';

export interface WorldInput {
  readonly context: SourceContext;
  readonly answers: Answers;
  readonly seed: number;
  readonly world: number;
  /** Receives every read and its end. */
  readonly show?: (text: string) => void;
}

/** What came of one read under a mischief. */
export interface Read {
  readonly mischiefs: readonly (Mischief | 'parts')[];
  readonly end: End['state'];
  readonly gates: readonly string[];
  /** People whose row did not go through, with the reason in the report. */
  readonly told: number;
  /** People without a number who are not in the file, and whom the report names. */
  readonly numberless: number;
  readonly repeated: Settled['repeated'];
  readonly verdict: Counts;
}

export type Counts = Readonly<Record<keyof Verdict, number>>;

/** One world that was played to its end. */
export interface WorldResult {
  readonly world: number;
  readonly kind: Form['kind'];
  readonly key: Form['key'];
  /** Some people have no number in the list. */
  readonly bare: boolean;
  readonly reads: readonly Read[];
  readonly dueRuns: number;
  readonly linked: number;
  /** Runs whose renumbered people were linked by one command. */
  readonly resolved: number;
  /** Held runs of which a part was approved, and the rest rejected. */
  readonly partly: number;
  readonly events: Readonly<Partial<Record<CompanyEvent, number>>>;
  /** Everything that is wrong, in words. */
  readonly wrong: readonly string[];
}
