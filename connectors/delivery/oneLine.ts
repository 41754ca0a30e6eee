/**
 * A text as one line, as a header and a shown name need it: each line break and each distance becomes a space, and
 * characters without a shape are left out.
 */
export function oneLine(text: string): string {
  return text
    .replace(/(?![\s\u0085])\p{Cc}/gu, '')
    .replace(/[\s\u0085]+/g, ' ')
    .trim();
}
