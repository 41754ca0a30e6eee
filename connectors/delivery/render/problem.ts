export type ProblemCode =
  | 'template_syntax'
  | 'unknown_variable'
  /** Too large, too deep, too slow, or too much memory. */
  | 'template_limit'
  /** Parses, and fails when it is rendered. */
  | 'template_fault';

/** What is wrong with a letter, and where. */
export interface Problem {
  readonly part: 'subject' | 'text' | 'html';
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly code: ProblemCode;
  /** `said` by LiquidJS; `path` and a `near` one; `most` bytes as written, or `rendered`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What letters say of the platform. */
export interface Platform {
  readonly name: string;
  readonly url: string | null;
}
