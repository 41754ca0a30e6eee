import { z } from 'zod';
import { equals, inject, list, ms, path, place, request } from './forms';
import { keyHelp, meaningOf } from './validate/formHelp';

// How a system divides its list into pages.

const size = z
  .strictObject({
    ...inject.shape,
    value: z.int().min(1).max(100_000).describe(keyHelp('size.value')),
  })
  .optional()
  .describe(keyHelp('page.size'));
const maxPages = z.int().min(1).max(1_000_000).optional().describe(keyHelp('page.maxPages'));
const paging = { size, maxPages };

/** The kinds of paging. */
export const PAGE_TYPES = [
  'none',
  'offset',
  'page',
  'cursor',
  'nextUrl',
  'linkHeader',
  'job',
] as const;
export type PageType = (typeof PAGE_TYPES)[number];

function pageType<T extends PageType>(type: T) {
  return z.literal(type).describe(meaningOf('page.type', type) ?? type);
}

function oneOf<const T extends readonly [string, ...string[]]>(key: string, values: T) {
  return z.enum(values).describe(keyHelp(key, values));
}

const send = inject.describe(keyHelp('page.send'));
const anchor = z.boolean().optional().describe(keyHelp('page.anchor'));
const pageNone = z.strictObject({ type: pageType('none'), ...paging });
const pageOffset = z.strictObject({
  type: pageType('offset'),
  send,
  start: z
    .union([z.literal(0), z.literal(1)])
    .optional()
    .describe('The first offset, usually 0 (the default) or 1.'),
  step: oneOf('page.step', ['rows', 'size']),
  end: oneOf('page.end', ['empty', 'short', 'total']),
  anchor,
  ...paging,
});
const pageNumber = z.strictObject({
  type: pageType('page'),
  send,
  start: z.union([z.literal(0), z.literal(1)]).describe(keyHelp('page.start')),
  last: place.optional().describe(keyHelp('page.last')),
  end: oneOf('page.end', ['empty', 'last']),
  anchor,
  ...paging,
});
const endWhen = z
  .array(equals)
  .min(1)
  .max(20)
  .optional()
  .describe('Values in its place that end the list, too, such as -1 or "end".');
const pageCursor = z.strictObject({
  type: pageType('cursor'),
  from: place.describe('The next cursor; the list ends where it is absent, null, false or empty.'),
  endWhen,
  send,
  ...paging,
});
const pageNextUrl = z.strictObject({
  type: pageType('nextUrl'),
  from: place.describe('The next link; the list ends where it is absent, null, false or empty.'),
  endWhen,
  ...paging,
});
const pageLink = z.strictObject({
  type: pageType('linkHeader'),
  rel: z.literal('next').describe(keyHelp('page.rel')),
  ...paging,
});
const directPages = [pageNone, pageOffset, pageNumber, pageCursor, pageNextUrl, pageLink] as const;
const pageJob = z.strictObject({
  type: pageType('job'),
  create: request.describe(keyHelp('page.create')),
  id: path.describe(keyHelp('page.id')),
  poll: request.describe(keyHelp('page.poll')),
  fetch: request.describe(keyHelp('page.fetch')),
  state: path.describe(keyHelp('page.state')),
  done: list.describe(keyHelp('page.done')),
  failed: list.describe(keyHelp('page.failed')),
  pollMs: ms.min(100).describe(keyHelp('page.pollMs')),
  page: z.discriminatedUnion('type', directPages).describe(keyHelp('page.page')),
  maxPages,
});
export const page = z.discriminatedUnion('type', [...directPages, pageJob]);

/** A key of a kind of paging, in the words of its schema. */
export interface PageKey {
  readonly key: string;
  readonly required: boolean;
  readonly about: string;
}

/** The keys of a kind of paging, without `type`; those that are needed come first. */
export function pageKeys(type: PageType): PageKey[] {
  const found = [...directPages, pageJob].find(({ shape }) => shape.type.value === type);
  if (found === undefined) return [];
  const missing = new Set(found.safeParse({ type }).error?.issues.map(({ path: at }) => at[0]));
  const keys = Object.entries(found.shape)
    .filter(([key]) => key !== 'type')
    .map(([key, part]: [string, z.ZodType]) => ({
      ...{ key, required: missing.has(key), about: part.description ?? '' },
    }));
  return [...keys.filter(({ required }) => required), ...keys.filter(({ required }) => !required)];
}

export type PageDeclaration = z.infer<typeof page>;
export type JobPage = z.infer<typeof pageJob>;
