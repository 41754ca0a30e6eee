import { parseRecords } from '../csv/format/parse';
import { parseJson } from '../declaration/json';
import type { Answer } from '../http/http';

/** A decoded body, or why it could not be decoded. */
export type Decoded =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly why: 'not_expected' | 'broken' };

/** Decodes a body as declared. A body that is sent as HTML is refused, whatever is in it. */
export function decode(answer: Answer, as: 'json' | 'jsonl' | 'csv'): Decoded {
  const type = answer.headers['content-type'] ?? '';
  const text = answer.body.replace(/^\uFEFF/, '');
  // No lines are no records; anything else that is empty was cut off, or is no answer at all.
  if (text.trim() === '')
    return as === 'jsonl' ? { ok: true, body: [] } : { ok: false, why: 'broken' };
  if (/html/i.test(type) || /^\s*<(!doctype|html)/i.test(text)) {
    return { ok: false, why: 'not_expected' };
  }
  try {
    switch (as) {
      case 'json':
        return { ok: true, body: parseJson(text) };
      case 'jsonl':
        return {
          ok: true,
          body: text
            .split('\n')
            .filter((line) => line.trim() !== '')
            .map(parseJson),
        };
      case 'csv':
        return { ok: true, body: csvObjects(text) };
    }
  } catch {
    return { ok: false, why: 'broken' };
  }
}

/** Rows by the names of their columns; a row of another width makes the whole body unreadable. */
function csvObjects(text: string): Record<string, string>[] {
  const rows = parseRecords(Buffer.from(text), { delimiter: ',' }).filter(
    ({ length }, i) => i === 0 || length > 0,
  );
  const [header = [], ...rest] = rows;
  const blank = (row: readonly string[]): boolean => row.length === 1 && row[0] === '';
  return rest
    .filter((row) => !blank(row))
    .map((row) => {
      if (row.length !== header.length)
        throw new Error('A row is wider or narrower than its header.');
      return Object.fromEntries(header.map((column, i) => [column, row[i] ?? '']));
    });
}
