import type { RendererOptions } from '../../connectors/delivery/render';
import type {
  LetterCategory,
  LetterContent,
  LetterContext,
  RenderedLetter,
} from '../../domain/letters/content';
import { samplePerson } from '../../domain/letters/person/samplePerson';
import { propertyOf } from '../../domain/letters/variables';
import { contextsOf } from '../../store/letters/contexts';
import type { LetterRow } from '../../store/letters/letters';
import type { OperationContext } from '../context';
import { resolveUser, scopeFor } from '../users/userScope';
import { knownLetter } from './letters';
import { missingOf, withRenderer } from './letterValues';

export interface PreviewLetter {
  /** The name or the id. */
  readonly letter: string;
  /** The person who would get it: id, code, login or e-mail; a made-up person unless given. */
  readonly user?: string;
  /** What `values.*` are; those that are missing are shown as `[name]`. */
  readonly values?: Readonly<Record<string, string>>;
}

/** A letter as one person would get it. */
export interface LetterPreviewed extends RenderedLetter {
  readonly letterId: string;
  readonly letter: string;
  readonly version: number;
  /** `null`: of a made-up person. */
  readonly userId: string | null;
  /** Names of values that were not given. */
  readonly valuesNotGiven: readonly string[];
  /** What the letter says and this person has no value for, without a default: a gap is left. */
  readonly gaps: readonly string[];
  /** Set on the person's organization; `null`: as configured. */
  readonly fromName: string | null;
  readonly replyTo: string | null;
}

/**
 * A letter as one person would get it; nothing is sent, and an archived letter can be looked at, too. Faults:
 * `not_found`, `forbidden`, `usage` (`values_unknown`, `render_failed`, `render_limit`).
 */
export async function letterFor(
  context: OperationContext,
  input: PreviewLetter,
  rendering: RendererOptions = {},
): Promise<LetterPreviewed> {
  return (await renderedFor(context, input, rendering)).previewed;
}

/** A letter as one person would get it, with what its message says besides. Faults as of {@link letterFor}. */
export async function renderedFor(
  context: OperationContext,
  input: PreviewLetter,
  rendering: RendererOptions,
): Promise<{
  readonly previewed: LetterPreviewed;
  readonly person: LetterContext;
  readonly category: LetterCategory;
}> {
  const scope = await scopeFor(context, 'letters.send');
  const row = await knownLetter(context.db.pool, input.letter);
  const user =
    input.user === undefined ? null : (await resolveUser(context, input.user, scope)).survivorId;
  const { content, missing } = contentFor(row, input.values ?? {});
  const person = await contextFor(context, user);
  const { letter, needs } = await withRenderer(rendering, async (renderer) => ({
    letter: await renderer.render(content, person),
    needs: await renderer.needs(content),
  }));
  const previewed = {
    letterId: row.id,
    letter: row.name,
    version: row.version,
    userId: user,
    ...letter,
    valuesNotGiven: missing,
    gaps: needs.filter((path) => !hasValue(person, path)),
    ...person.mail,
  };
  return { previewed, person, category: row.category };
}

/** The content with these values; a missing one stands in brackets. @throws Fault usage */
function contentFor(
  { subject, text, html, variables, category }: LetterRow,
  values: Readonly<Record<string, string>>,
): { readonly content: LetterContent; readonly missing: readonly string[] } {
  const missing = missingOf(variables, values);
  const given = { ...values, ...Object.fromEntries(missing.map((name) => [name, `[${name}]`])) };
  return { content: { subject, text, html, variables, category, values: given }, missing };
}

async function contextFor(
  { db, actorId }: OperationContext,
  userId: string | null,
): Promise<LetterContext> {
  const userIds = userId === null ? [] : [userId];
  const contexts = await contextsOf(db.pool, { actorId, userIds });
  return (userId === null ? undefined : contexts.get(userId)) ?? samplePerson({ hasValues: true });
}

function hasValue({ user, organization }: LetterContext, path: string): boolean {
  const key = propertyOf(path);
  const [root, name = ''] = path.split('.');
  const from: object = root === 'organization' ? organization : user;
  const [owner, own] = key === null ? [from, name] : [user.properties, key];
  const value: unknown = Object.hasOwn(owner, own) ? Reflect.get(owner, own) : null;
  return value !== null && value !== '';
}
