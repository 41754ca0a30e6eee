import type { FaultCode } from '../faultCodes';
import { Fault } from '../faults';
import type { Next } from '../next';

/**
 * The SCIM filter grammar (RFC 7644, section 3.4.2.2), with the position of every name and value.
 *
 * Written here because the npm parser for it (scim2-parse-filter 0.2.10) reports no positions,
 * recurses without a bound, refuses `-5` before a space or `)` and mangles `\\` in strings. The
 * tests compare both parsers on the filters that the other one can read.
 */
export type Filter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: '[]'; readonly path: Name; readonly filter: Filter }
  | { readonly op: 'pr'; readonly path: Name }
  | { readonly op: CompareOp; readonly path: Name; readonly value: Literal };

export const COMPARE_OPS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type CompareOp = (typeof COMPARE_OPS)[number];

/** A name of the filter; `at` is its 1-based position. */
export interface Name {
  readonly text: string;
  readonly at: number;
}
export interface Literal {
  readonly value: string | number | boolean | null;
  readonly at: number;
  /** As written. */
  readonly text: string;
}

/** Limits of a filter, far above what a person writes and far below what hurts the store. */
export const FILTER_LIMITS = { chars: 20_000, comparisons: 500, depth: 40 } as const;

/** Parses a filter. Throws Fault `usage` with the position of what is wrong. */
export function parseFilter(text: string): Filter {
  if (text.length > FILTER_LIMITS.chars) {
    throw new Fault('usage', {
      code: 'filter_too_long',
      message: `The filter has ${String(text.length)} characters; ${String(FILTER_LIMITS.chars)} are the most.`,
      next: 'Save parts of it as properties, or choose fewer people at a time.',
    });
  }
  return new Parser(text).parse();
}

/** A Fault about one position of a filter; the message quotes the text and names the position. */
export function filterFault(
  code: FaultCode,
  at: number,
  message: string,
  next?: Next | string,
): Fault {
  return new Fault('usage', {
    code,
    message: `Filter, position ${String(at)}: ${message}`,
    next: next ?? 'Example: department eq "Sales" and not (hireDate ge "2024-01-01")',
  });
}

type TokenType = 'word' | 'string' | 'number' | '(' | ')' | '[' | ']' | 'end';
interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:([A-Za-z][\w.$:-]*)|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|([()[\]]))/suy;

class Parser {
  private readonly text: string;
  private token: Token;
  private from = 0;
  private comparisons = 0;

  constructor(text: string) {
    this.text = text;
    this.token = this.read();
  }

  parse(): Filter {
    if (this.is('end')) throw filterFault('filter_syntax', 1, 'it is empty.');
    const filter = this.or(0);
    if (!this.is('end')) throw this.unexpected('"and", "or" or the end');
    return filter;
  }

  private or(depth: number): Filter {
    const filters = [this.and(depth)];
    while (this.takeWord('or')) filters.push(this.and(depth));
    return joined('or', filters);
  }

  private and(depth: number): Filter {
    const filters = [this.operand(depth)];
    while (this.takeWord('and')) filters.push(this.operand(depth));
    return joined('and', filters);
  }

  private operand(depth: number): Filter {
    if (depth >= FILTER_LIMITS.depth) {
      throw filterFault(
        'filter_too_deep',
        this.token.at,
        `parentheses go deeper than ${String(FILTER_LIMITS.depth)}.`,
      );
    }
    if (this.is('(')) return this.group(depth);
    if (this.token.type !== 'word') throw this.unexpected('an attribute, "not" or "("');
    const name = this.token;
    this.next();
    if (name.text.toLowerCase() === 'not') {
      if (!this.is('(')) throw this.unexpected('"(" after "not"');
      return { op: 'not', filter: this.group(depth) };
    }
    return this.comparison({ text: name.text, at: name.at }, depth);
  }

  private group(depth: number): Filter {
    this.next();
    const filter = this.or(depth + 1);
    if (!this.is(')')) throw this.unexpected('")", "and" or "or"');
    this.next();
    return filter;
  }

  private comparison(path: Name, depth: number): Filter {
    if (this.is('[')) {
      this.next();
      const filter = this.or(depth + 1);
      if (!this.is(']')) throw this.unexpected('"]", "and" or "or"');
      this.next();
      return { op: '[]', path, filter };
    }
    this.comparisons++;
    if (this.comparisons > FILTER_LIMITS.comparisons) {
      throw filterFault(
        'filter_too_long',
        path.at,
        `more than ${String(FILTER_LIMITS.comparisons)} comparisons.`,
      );
    }
    if (this.takeWord('pr')) return { op: 'pr', path };
    const word = this.token.type === 'word' ? this.token.text.toLowerCase() : '';
    const op = COMPARE_OPS.find((known) => known === word);
    if (op === undefined) throw this.unexpected(`an operator (${COMPARE_OPS.join(', ')}, pr)`);
    this.next();
    return { op, path, value: this.literal() };
  }

  private literal(): Literal {
    const { type, text, at } = this.token;
    const value = literalValue(type, text);
    if (value === undefined) {
      throw this.unexpected('a value: "text" in double quotes, a number, true, false or null');
    }
    this.next();
    return { value, at, text };
  }

  private is(type: TokenType): boolean {
    return this.token.type === type;
  }

  private takeWord(word: string): boolean {
    if (this.token.type !== 'word' || this.token.text.toLowerCase() !== word) return false;
    this.next();
    return true;
  }

  private next(): void {
    this.token = this.read();
  }

  private read(): Token {
    TOKEN.lastIndex = this.from;
    const match = TOKEN.exec(this.text);
    if (match === null) return this.unread();
    this.from = TOKEN.lastIndex;
    const [, word, string, number, bracket] = match;
    const text = word ?? string ?? number ?? bracket ?? '';
    const at = this.from - text.length + 1;
    if (word !== undefined) return { type: 'word', text, at };
    if (string !== undefined) return { type: 'string', text, at };
    if (number !== undefined) return { type: 'number', text, at };
    return { type: BRACKETS.find((b) => b === text) ?? 'end', text, at };
  }

  /** Not readable from here: the end, or text that is part of no filter. */
  private unread(): Token {
    const rest = this.text.slice(this.from);
    const at = this.from + rest.length - rest.trimStart().length + 1;
    const here = rest.trimStart();
    if (here === '') return { type: 'end', text: '', at: this.text.trimEnd().length + 1 };
    if (here.startsWith('"')) throw filterFault('filter_syntax', at, 'the closing " is missing.');
    throw filterFault('filter_syntax', at, `"${excerpt(here)}" is not part of a filter.`);
  }

  private unexpected(expected: string): Fault {
    const { type, text, at } = this.token;
    const found = type === 'end' ? 'it ends here' : `found ${quoted(text)}`;
    return filterFault('filter_syntax', at, `${found}; expected ${expected}.`);
  }
}

const BRACKETS = ['(', ')', '[', ']'] as const;

function joined(op: 'and' | 'or', filters: readonly Filter[]): Filter {
  const [only, second] = filters;
  return only !== undefined && second === undefined ? only : { op, filters };
}

function literalValue(type: TokenType, text: string): Literal['value'] | undefined {
  if (type === 'number') return Number(text);
  if (type === 'string') return jsonString(text);
  if (type !== 'word') return undefined;
  const word = text.toLowerCase();
  if (word === 'null') return null;
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** A JSON string (RFC 8259); line breaks and tabs may stand in it unescaped. */
function jsonString(text: string): string | undefined {
  const strict = text.replace(/\n/gu, '\\n').replace(/\r/gu, '\\r').replace(/\t/gu, '\\t');
  try {
    const value: unknown = JSON.parse(strict);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function quoted(text: string): string {
  return text.startsWith('"') ? excerpt(text) : `"${excerpt(text)}"`;
}

function excerpt(text: string): string {
  const [word = ''] = text.split(/\s/u, 1);
  return word.length > 30 ? `${word.slice(0, 30)}…` : word;
}
