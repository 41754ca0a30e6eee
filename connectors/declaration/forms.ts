import { z } from 'zod';

// Forms that several parts of a connection file share.

export const template = z
  .string()
  .max(8_000)
  .describe('Text with {config.x}, {secret.x} or {since}.');
export const path = z
  .string()
  .max(500)
  .describe('RFC 6901 pointer; a segment [key=value] picks the first such element of a list.');
export const place = z
  .string()
  .max(500)
  .describe('A path into the body of the answer, or header:name for one of its headers.');
export const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'Letters, digits and _, 64 at most.');
export const ms = z.int().min(0).max(31_622_400_000);
export const texts = z.record(z.string(), template);
export const list = z.array(z.string().max(200)).max(100);

export const equals = z.union([z.string(), z.number(), z.boolean()]);

export const inject = z
  .strictObject({
    in: z.enum(['query', 'header', 'body']),
    name: z.string().min(1).max(200).describe('Of the parameter; in a body a name or a pointer.'),
  })
  .describe('Where a value is put into the request.');

export const request = z.strictObject({
  method: z.enum(['GET', 'POST']),
  path: template.describe('Appended to baseUrl; begins with /.'),
  query: texts.optional().describe('A parameter that is only an empty {config.x} is left out.'),
  headers: texts.optional(),
  json: z.json().optional(),
  form: texts.optional(),
  contentType: z.string().optional().describe('Sent verbatim.'),
  decode: z.enum(['json', 'jsonl', 'csv']).optional().describe('Default json.'),
});
