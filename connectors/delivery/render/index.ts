import type { LetterContent, LetterContext, RenderedLetter } from '../../../domain/letters/content';

/** What is wrong with a letter, and where. */
export interface Problem {
  readonly part: 'subject' | 'text' | 'html';
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly code: 'template_syntax' | 'unknown_variable' | 'template_limit' | 'template_fault';
  readonly facts: Readonly<Record<string, string>>;
}

/** Renders letters in a thread of its own: no template keeps the event loop from its work. */
export interface Renderer {
  /** What is wrong with a letter; empty: it can be saved and sent. */
  check(content: LetterContent): Promise<readonly Problem[]>;
  /**
   * Paths that have neither a default nor an `if` or `default` around them, so that a gap is left where a
   * person has no value: `user.firstName`.
   */
  needs(content: LetterContent): Promise<readonly string[]>;
  /**
   * The letter for one person. Cheap for the same content object again. @throws Fault usage: `render_failed`,
   * `render_limit`.
   */
  render(content: LetterContent, context: LetterContext): Promise<RenderedLetter>;
  close(): Promise<void>;
}
