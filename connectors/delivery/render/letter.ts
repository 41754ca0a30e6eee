import type { LetterContent, LetterContext, RenderedLetter } from '../../../domain/letters/content';
import { MAX_RENDERED_BYTES, MAX_SUBJECT_CHARS } from '../../../domain/letters/limits';
import { samplePerson } from '../../../domain/letters/person/samplePerson';
import {
  isLetterPath,
  KNOWN_PATHS,
  LETTER_PATHS,
  mayBeMissing,
  propertyOf,
  valueOf,
} from '../../../domain/letters/variables';
import { nearestName } from '../../../domain/nearest';
import { oneLine } from '../oneLine';
import {
  atPlace,
  compilePart,
  PartFault,
  partsOf,
  type CompiledPart,
  type Engines,
} from './compile';
import { htmlEngine, plainEngine } from './engines';
import type { Platform, Problem } from './problem';
import { inLayout, isDocument, textAsHtml } from './layout';

/** Renders letters where it is called. Templates may take as long as the limits let them. */
export interface LetterEngine {
  compile(content: LetterContent): CompiledLetter;
  /** Everything that is wrong; `properties`: the declared ones, `null`: any. */
  check(content: LetterContent, properties: readonly string[] | null): Problem[];
  needs(content: LetterContent): string[];
  /** @throws PartFault */
  render(letter: CompiledLetter, context: LetterContext): RenderedLetter;
}

export interface CompiledLetter {
  readonly content: LetterContent;
  readonly parts: readonly CompiledPart[];
  /** Keys of the properties that the letter says. */
  readonly properties: readonly string[];
}

export function letterEngine(o: {
  readonly platform: Platform;
  readonly timeZone: string;
}): LetterEngine {
  const engines: Engines = { plain: plainEngine(o.timeZone), html: htmlEngine(o.timeZone) };
  const compile = (content: LetterContent): CompiledLetter =>
    withParts(
      content,
      partsOf(content).map((part) => compilePart(engines, part)),
    );
  const render = (letter: CompiledLetter, context: LetterContext): RenderedLetter =>
    rendered(letter, { context, platform: o.platform });
  return {
    compile,
    render,
    check: (content, properties) => {
      const { parts, problems } = compiledParts(engines, content);
      problems.push(...parts.flatMap((part) => unknownPaths(part, content, properties)));
      if (problems.length > 0) return problems;
      return trialProblems(withParts(content, parts), render);
    },
    needs: (content) => {
      const { parts } = compile(content);
      const defaults = new Set(
        content.variables.flatMap((v) => (v.default === null ? [] : [v.path])),
      );
      const paths = new Set(
        parts.flatMap((part) =>
          part.paths.flatMap(({ path }) => (path === null || part.guarded.has(path) ? [] : [path])),
        ),
      );
      return [...paths].filter((path) => mayBeMissing(path) && !defaults.has(path)).sort();
    },
  };
}

function withParts(content: LetterContent, parts: readonly CompiledPart[]): CompiledLetter {
  const keys = parts.flatMap(({ paths }) =>
    paths.flatMap(({ path }) => (path === null ? [] : (propertyOf(path) ?? []))),
  );
  return { content, parts, properties: [...new Set(keys)] };
}

function compiledParts(
  engines: Engines,
  content: LetterContent,
): { readonly parts: CompiledPart[]; readonly problems: Problem[] } {
  const parts: CompiledPart[] = [];
  const problems: Problem[] = [];
  for (const part of partsOf(content)) {
    try {
      parts.push(compilePart(engines, part));
    } catch (error) {
      problems.push(problemOf(error));
    }
  }
  return { parts, problems };
}

function problemOf(error: unknown): Problem {
  if (error instanceof PartFault) return error.problem;
  throw error;
}

function unknownPaths(
  { part, paths }: CompiledPart,
  content: LetterContent,
  properties: readonly string[] | null,
): Problem[] {
  const { variables } = content;
  const known = [
    ...KNOWN_PATHS,
    ...variables.map(({ path }) => path),
    ...(properties ?? []).map((key) => `user.properties.${key}`),
  ];
  return paths.flatMap(({ path, shown, line, column }): Problem[] => {
    if (path !== null && isLetterPath(path, { variables, properties })) return [];
    const near = nearestName(path ?? shown, known);
    return [
      {
        part,
        line,
        column,
        code: 'unknown_variable',
        facts: { path: path ?? shown, ...(near === undefined ? {} : { near }) },
      },
    ];
  });
}

/** Renders for a person with every value and for a person with none: what fails there fails for people, too. */
function trialProblems(letter: CompiledLetter, render: LetterEngine['render']): Problem[] {
  const found: Problem[] = [];
  for (const hasValues of [true, false]) {
    try {
      render(letter, samplePerson({ hasValues, properties: letter.properties }));
    } catch (error) {
      found.push(problemOf(error));
    }
    if (found.length > 0) break;
  }
  return found;
}

function rendered(
  letter: CompiledLetter,
  o: { readonly context: LetterContext; readonly platform: Platform },
): RenderedLetter {
  const scope = scopeOf(letter, o);
  const texts = new Map(
    letter.parts.map(({ part, engine, templates }) => [
      part,
      atPlace(part, 'template_fault', () => {
        const text: unknown = engine.renderSync([...templates], scope);
        return readable(typeof text === 'string' ? text : '');
      }),
    ]),
  );
  const subject = subjectLine(texts.get('subject') ?? '');
  const text = texts.get('text') ?? '';
  const html = asDocument(texts.get('html') ?? null, { subject, text, context: o.context });
  if (Buffer.byteLength(text) + Buffer.byteLength(html) > MAX_RENDERED_BYTES) {
    throw new PartFault({
      part: letter.content.html === null ? 'text' : 'html',
      line: 1,
      column: 1,
      code: 'template_limit',
      facts: { rendered: String(MAX_RENDERED_BYTES) },
    });
  }
  return { subject, text, html };
}

function asDocument(
  html: string | null,
  o: { readonly subject: string; readonly text: string; readonly context: LetterContext },
): string {
  if (html !== null && isDocument(html)) return html;
  const { locale } = o.context.user;
  const lang =
    locale !== null && /^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$/.test(locale) ? locale : null;
  return inLayout({
    subject: o.subject,
    body: html ?? textAsHtml(o.text),
    lang: lang?.replaceAll('_', '-') ?? null,
  });
}

/** One line of at most {@link MAX_SUBJECT_CHARS}. */
function subjectLine(text: string): string {
  const line = oneLine(text);
  const points = Array.from(line);
  return points.length <= MAX_SUBJECT_CHARS
    ? line
    : `${points.slice(0, MAX_SUBJECT_CHARS - 1).join('')}…`;
}

/** Without control characters, which no mail can carry; lines end with a line feed, also those that end otherwise. */
function readable(text: string): string {
  return text.replace(/\r\n?|[\v\f\u0085]/g, '\n').replace(/(?![\n\t])\p{Cc}/gu, '');
}

/** What the templates see: own values only, `null` where nothing is known, so that strict variables pass. */
function scopeOf(
  { content, properties }: CompiledLetter,
  { context, platform }: { readonly context: LetterContext; readonly platform: Platform },
): object {
  const defaults = new Map(content.variables.map((v) => [v.path, v.default]));
  const or = <V>(value: V | null | undefined, path: string): V | string | null =>
    value === null || value === undefined || value === '' ? (defaults.get(path) ?? null) : value;
  const picked = (root: string, from: object, names: readonly string[]): object =>
    Object.fromEntries(
      names.map((name): [string, unknown] => {
        const value: unknown = Object.hasOwn(from, name) ? Reflect.get(from, name) : null;
        return [name, or(value, `${root}.${name}`)];
      }),
    );
  const own = context.user.properties;
  return {
    user: {
      ...picked('user', context.user, LETTER_PATHS.user),
      properties: Object.fromEntries(
        properties.map((key) => [
          key,
          or(Object.hasOwn(own, key) ? own[key] : null, `user.properties.${key}`),
        ]),
      ),
    },
    organization: picked('organization', context.organization, LETTER_PATHS.organization),
    sender: picked('sender', context.sender, LETTER_PATHS.sender),
    platform: picked('platform', platform, LETTER_PATHS.platform),
    values: Object.fromEntries(
      content.variables.flatMap(({ path }) => {
        const name = valueOf(path);
        if (name === null) return [];
        const given = Object.hasOwn(content.values, name) ? content.values[name] : null;
        return [[name, or(given, path)]];
      }),
    ),
  };
}
