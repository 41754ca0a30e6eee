import { z } from 'zod';
import { equals, inject, list, ms, name, path, place, request, template, texts } from './forms';
import { page, type PageDeclaration } from './pages';

// One declaration describes one vendor, as plain data: it is hashed into each run, compared between
// versions, and nothing of it runs. The only expressions are templates (`template.ts`) and paths
// (`path.ts`).

const complete = z.strictObject({
  by: z
    .enum(['totalEquals', 'endSignal', 'both', 'never'])
    .describe('What proves that the list is complete; never: absence is not concluded from it.'),
  total: place.optional(),
  stableTotal: z.boolean().optional().describe('The total may not move while the list is read.'),
  minRatioOfLast: z.number().min(0).max(1).optional(),
});

const fieldMap = z.strictObject({
  from: z.union([path, z.array(path).min(1).max(8)]).describe('The first path with a value wins.'),
  to: z.enum(['text', 'date', 'epochMsDate', 'epochSDate']).optional(),
  format: z.string().max(40).optional().describe('With to: date, the form, if not ISO 8601.'),
  values: z
    .record(z.string(), z.string())
    .optional()
    .describe('The full value is compared, in any case.'),
  emptyWhen: list.optional().describe('Values that mean nothing, such as 0000-00-00.'),
  whenEmpty: z
    .enum(['keep', 'clear'])
    .optional()
    .describe('Given as null or blank; a field that is missing is never an opinion. Default keep.'),
  required: z.boolean().optional(),
  floor: z.number().min(0).max(1).optional().describe('The share of rows that must have it.'),
});

const test = z.strictObject({ path, equals });

const map = z.strictObject({
  key: z.union([path, z.array(path).min(1).max(4)]).describe('The immutable id; never an e-mail.'),
  fields: z.record(z.string(), fieldMap),
  withheld: path
    .optional()
    .describe('A list of fields, by the vendor’s names, that we may not see.'),
  status: z.strictObject({
    from: path,
    active: list,
    leaving: list.optional().describe('Still active.'),
    inactive: list,
    pending: list.optional().describe('Not yet active.'),
    whenMissing: z.enum(['active', 'keep', 'unknown']).optional().describe('Default keep.'),
    unknown: z
      .enum(['hold', 'keep'])
      .describe('A status named nowhere: the row is an error, or status has no opinion.'),
  }),
  effective: z
    .strictObject({ start: path.optional(), end: path.optional(), zone: path.optional() })
    .optional()
    .describe('First and last day, and the IANA zone they are meant in.'),
  aliases: path.optional().describe('Ids merged into this one: a list, or texts between ; or ,.'),
  mergedInto: path.optional().describe('Id of the survivor, on the record of the absorbed one.'),
});

const enrich = z.strictObject({
  request: request.describe('With {id}, or {ids} for several between commas.'),
  batch: z.int().min(1).max(500).optional(),
  records: path.optional().describe('The list in the answer to a batch.'),
  record: path
    .optional()
    .describe('The record in the answer to one id; default the complete body.'),
  key: path.describe('Id in the list record.'),
  itemStatus: path
    .optional()
    .describe('Status of one item of a batch; others than 200 are missing.'),
  missing: z.enum(['deleted', 'ignore']).optional().describe('An id not found; default ignore.'),
});

const read = z.strictObject({
  name,
  request,
  records: z.strictObject({
    path,
    as: z.enum(['array', 'objectValues']).optional(),
    unwrap: path.optional().describe('Where the person is within an element of the list.'),
    withheld: path
      .optional()
      .describe('In the answer: fields, by the vendor’s names, kept from us of everybody on it.'),
    missing: z
      .literal('empty')
      .optional()
      .describe('An answer that has a total and no list is a page without people.'),
    single: z
      .literal(true)
      .optional()
      .describe('A list of one person comes as that person, without the list.'),
    partial: z
      .boolean()
      .optional()
      .describe(
        'A record may hold only the fields that changed; records of one person are laid over each other. Default: true where changes come by a deltaLink, else false.',
      ),
  }),
  page,
  ceiling: z.int().min(1).optional().describe('The vendor gives no more rows than these.'),
  complete,
  enrich: enrich.optional(),
  map: map.optional().describe('Instead of the connector’s map, where names differ.'),
});

const expired = z.array(
  z.strictObject({ status: z.int(), bodyPath: path.optional(), equals: equals.optional() }),
);
const since = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('time'),
    send: inject.optional().describe('Or {since} in a template of the request: one of the two.'),
    format: z.enum(['iso', 'isoSeconds', 'epochMs', 'epochS', 'date']),
    overlapMs: ms,
    field: path.optional().describe('The record’s time of change.'),
    retentionMs: ms.optional(),
    split: z
      .strictObject({
        whenOver: z
          .int()
          .min(2)
          .describe('Rows after which the read starts again at the last time.'),
        id: path,
        tie: request.describe('Records of exactly {since}, by id, after {lastId}.'),
      })
      .optional(),
  }),
  z.strictObject({
    type: z.literal('ids'),
    send: inject.optional(),
    format: z.enum(['iso', 'isoSeconds', 'epochMs', 'epochS', 'date']),
    overlapMs: ms,
    id: path,
    action: test.optional().describe('Marks ids that are deleted.'),
    retentionMs: ms.optional(),
  }),
  z.strictObject({
    type: z.literal('deltaLink'),
    from: place.describe('On the last page of a full and of a changes read.'),
    expired,
    retentionMs: ms.optional(),
  }),
  z.strictObject({
    type: z.literal('feed'),
    start: z
      .strictObject({ request, from: place })
      .describe('Asked before a full read: the feed’s place from which changes are read later.'),
    send: inject,
    from: place.describe('The place after this page; the feed ends where it stays the same.'),
    id: path,
    expired: expired.optional(),
    retentionMs: ms,
  }),
]);

const changes = z.strictObject({ ...read.shape, since });

const one = z.strictObject({
  request: request.describe('With {id}.'),
  record: path.optional(),
  gone: z.array(z.int()).optional().describe('Statuses that say: no such person. Default 404.'),
  map: map.optional(),
});

const clientAuth = z.enum(['body', 'basic']).optional();
const token = {
  tokenUrl: template,
  form: texts.optional(),
  tokenPath: path.optional().describe('Default /access_token.'),
  expiresPath: path.optional().describe('Seconds; default /expires_in.'),
  prefix: z.string().optional().describe('Before the token in Authorization; default "Bearer ".'),
};
const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('basic'), user: template, pass: template }),
  z.strictObject({ type: z.literal('bearer'), token: template }),
  z.strictObject({ type: z.literal('header'), name: z.string().min(1), value: template }),
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('oauth2'),
    grant: z.enum(['client_credentials', 'refresh_token']),
    clientId: template,
    clientSecret: template,
    refreshToken: name.optional().describe('Name of the secret that holds the refresh token.'),
    scope: template.optional(),
    clientAuth,
    ...token,
  }),
  z.strictObject({
    type: z.literal('jwtBearer'),
    key: template.describe('PEM of the private key (RS256).'),
    issuer: template,
    subject: template,
    audience: template,
    ttlS: z.int().min(30).max(3_600),
    ...token,
  }),
  z.strictObject({
    type: z.literal('exchange'),
    request,
    tokenPath: path,
    expiresPath: path.optional(),
    ttlMs: ms.optional(),
    send: z.strictObject({ header: z.string(), prefix: z.string().optional() }),
  }),
]);

const status = z.union([z.int().min(100).max(599), z.enum(['4xx', '5xx'])]);
const limits = z.strictObject({
  budget: z
    .array(z.strictObject({ calls: z.int().min(1), perMs: ms.min(1) }))
    .optional()
    .describe('Of all calls with one credential, spaced evenly; the narrowest counts.'),
  concurrency: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .describe('Calls at once: for details, and of numbered pages beside the next one. Default 2.'),
  minIntervalMs: ms.optional().describe('Between two reads.'),
  throttledWhen: z
    .array(
      z.strictObject({ status: z.int(), bodyPath: path.optional(), equals: equals.optional() }),
    )
    .optional()
    .describe('Default 429, and 503 with a wait header.'),
  wait: z
    .array(
      z.strictObject({
        header: z.string(),
        as: z.enum(['seconds', 'epochS', 'epochMs', 'httpDate', 'dateTime']),
      }),
    )
    .optional()
    .describe('In order; default retry-after as seconds or as a date.'),
  defaultWait: z
    .strictObject({ firstMs: ms, maxMs: ms })
    .optional()
    .describe('Without a header: doubles with each try, with jitter. Default 1 s up to 60 s.'),
  maxWaitMs: ms.optional().describe('The longest wait that a vendor may ask for. Default 1 h.'),
  maxTries: z.int().min(1).max(50).optional().describe('Of a call that fails. Default 6.'),
  maxBytes: z.int().min(1_024).max(2_147_483_647).optional().describe('Of one answer.'),
  timeoutMs: ms.min(100).optional().describe('Of one call, in all.'),
});

const errors = z.array(
  z.strictObject({
    when: z.strictObject({
      status: status.optional(),
      bodyPath: path.optional(),
      equals: equals.optional(),
      contentTypeNot: z.string().optional(),
    }),
    // prettier-ignore
    then: z.enum(['retry', 'refreshAuth', 'restartListing', 'fullRead', 'endOfList', 'emptyOk', 'stopConfig', 'stopBug']),
    next: z.string().max(500).optional().describe('What the administrator does about it.'),
  }),
);

/** The declaration of one vendor: `validate.ts` checks what a schema cannot say. */
export const connectorSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z][A-Za-z0-9-]{1,40}$/, 'A letter, then letters, digits and -.'),
  name: z.string().min(1).max(80),
  version: z.int().min(1),
  system: z.enum(['hris', 'crm', 'directory']),
  config: z.record(
    name,
    z.strictObject({
      kind: z.enum(['string', 'url', 'enum']),
      about: z.string().min(1).max(300),
      required: z.boolean().optional(),
      pattern: z.string().max(200).optional(),
      oneOf: list.optional(),
      default: z.string().max(500).optional(),
    }),
  ),
  secrets: z.record(
    name,
    z.strictObject({ about: z.string().min(1).max(300), optional: z.boolean().optional() }),
  ),
  baseUrl: template,
  allowHosts: z.array(template).max(20).optional(),
  auth,
  headers: texts.optional(),
  limits,
  errors: errors.optional(),
  reads: z.strictObject({
    full: z.array(read).min(1).max(10).describe('All together are everybody.'),
    changes: changes.optional(),
    one: one.optional().describe('Asks for one person by id.'),
  }),
  map,
  deletion: z.strictObject({
    tombstone: test.optional().describe('Gone for good.'),
    soft: test.optional().describe('Removed, may come back.'),
    absence: z.union([
      z.literal('ignore'),
      z.strictObject({
        needs: z.literal('completeFull'),
        times: z.int().min(2).describe('Complete full reads in a row.'),
      }),
    ]),
  }),
});

export type Connector = z.infer<typeof connectorSchema>;
export type ReadDeclaration = z.infer<typeof read>;
export type ChangesDeclaration = z.infer<typeof changes>;
export type EnrichDeclaration = z.infer<typeof enrich>;
export type RequestDeclaration = z.infer<typeof request>;
export type DirectPage = Exclude<PageDeclaration, { type: 'job' }>;
export type MapDeclaration = z.infer<typeof map>;
export type FieldDeclaration = z.infer<typeof fieldMap>;
export type AuthDeclaration = z.infer<typeof auth>;
export type Inject = z.infer<typeof inject>;
export type LimitsDeclaration = z.infer<typeof limits>;
export type ErrorRule = z.infer<typeof errors>[number];
