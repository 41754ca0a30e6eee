import { analyzeSync, LiquidError, Output, Value } from 'liquidjs';
import type { Arguments, Liquid, Template, Variable as Used } from 'liquidjs';
import type { LetterContent } from '../../../domain/letters/content';
import { MAX_TEMPLATE_BYTES } from '../../../domain/letters/limits';
import type { Problem, ProblemCode } from './problem';

type Argument = Arguments extends Iterable<infer A> ? A : never;

/** The two engines: what becomes HTML is escaped. */
export interface Engines {
  readonly plain: Liquid;
  readonly html: Liquid;
}

/** A path that a part of a letter says. */
export interface UsedPath {
  /** `user.firstName`; `null`: not written out, such as `user[x]`. */
  readonly path: string | null;
  readonly shown: string;
  readonly line: number;
  readonly column: number;
}

/** A part of a letter, parsed. */
export interface CompiledPart {
  readonly part: Problem['part'];
  readonly engine: Liquid;
  readonly templates: readonly Template[];
  readonly paths: readonly UsedPath[];
  /** Paths that an `if`, `unless`, `case` or the filter `default` takes care of. */
  readonly guarded: ReadonlySet<string>;
}

/** A fault of one part, with its place. */
export class PartFault extends Error {
  override readonly name = 'PartFault';
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.code, { cause });
    this.problem = problem;
  }
}

/** The parts that a letter has. */
export function partsOf(content: LetterContent): (readonly [Problem['part'], string])[] {
  return [
    ['subject', content.subject],
    ['text', content.text],
    ...(content.html === null ? [] : [['html', content.html] as const]),
  ];
}

/** @throws PartFault */
export function compilePart(
  engines: Engines,
  [part, source]: readonly [Problem['part'], string],
): CompiledPart {
  if (Buffer.byteLength(source) > MAX_TEMPLATE_BYTES) {
    throw new PartFault(
      problem('template_limit', { part, facts: { most: String(MAX_TEMPLATE_BYTES) } }),
    );
  }
  const engine = part === 'html' ? engines.html : engines.plain;
  return atPlace(part, 'template_syntax', () => {
    const templates = engine.parse(source);
    return {
      part,
      engine,
      templates,
      paths: pathsOf(templates),
      guarded: guardedOf(templates),
    };
  });
}

/** Does the work; what LiquidJS throws becomes a {@link PartFault}. */
export function atPlace<T>(part: Problem['part'], code: ProblemCode, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new PartFault(problemOf(error, part, code), error);
  }
}

const LIMIT = /limit exceeded/;

function problemOf(error: unknown, part: Problem['part'], code: ProblemCode): Problem {
  // Nested so deeply that the stack does not hold it.
  if (error instanceof RangeError) return problem('template_limit', { part });
  if (!LiquidError.is(error)) {
    const isLimit = error instanceof Error && LIMIT.test(error.message);
    return problem(isLimit ? 'template_limit' : code, { part });
  }
  const [line = 1, column = 1] = error.token.getPosition();
  // "tag "x" not found, line:1, col:1", and an excerpt below.
  const said = (error.message.split('\n', 1)[0] ?? '').replace(
    /(?:, file:.*)?, line:\d+, col:\d+$/,
    '',
  );
  if (LIMIT.test(said)) return problem('template_limit', { part, line, column });
  return problem(code, { part, line, column, facts: { said: said.slice(0, 200) } });
}

function problem(code: ProblemCode, o: Pick<Problem, 'part'> & Partial<Problem>): Problem {
  return { line: 1, column: 1, facts: {}, ...o, code };
}

function pathsOf(templates: Template[]): UsedPath[] {
  const { globals } = analyzeSync(templates, { partials: false });
  return Object.values(globals)
    .flat()
    .map((used) => ({
      path: writtenOut(used),
      shown: used.toString(),
      line: used.location.row,
      column: used.location.col,
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** `a.b`, without `.size` of a text; `null` where a part of the path is not written out. */
function writtenOut({ segments }: Used): string | null {
  const parts = segments.map((segment) => (typeof segment === 'object' ? null : String(segment)));
  if (parts.includes(null)) return null;
  const isSize = parts.length > 2 && parts.at(-1) === 'size' && parts[1] !== 'properties';
  return (isSize ? parts.slice(0, -1) : parts).join('.');
}

const CONDITIONS = new Set(['if', 'unless', 'case']);

function guardedOf(templates: readonly Template[]): Set<string> {
  const found = new Set<string>();
  const take = (argument: Argument): void => {
    const { token } = templates[0] ?? {};
    if (token === undefined) return;
    const asked = { token, render: () => undefined, arguments: () => [argument] };
    for (const { path } of pathsOf([asked])) if (path !== null) found.add(path);
  };
  const walk = (all: readonly Template[]): void => {
    for (const template of all) {
      const isCondition = CONDITIONS.has(nameOf(template));
      for (const argument of template.arguments?.() ?? []) {
        const hasDefault =
          argument instanceof Value && argument.filters.some(({ name }) => name === 'default');
        if (isCondition || hasDefault) take(argument);
      }
      walk(childrenOf(template));
    }
  };
  walk(templates);
  return found;
}

function nameOf(template: Template): string {
  if (template instanceof Output) return '';
  const name: unknown = Reflect.get(template, 'name');
  return typeof name === 'string' ? name : '';
}

/** What LiquidJS gives as a generator of one result, because partials may have to be read. */
function childrenOf(template: Template): Template[] {
  if (template.children === undefined) return [];
  const steps = template.children(false, true);
  let step = steps.next();
  while (step.done !== true) step = steps.next(step.value);
  return step.value;
}
