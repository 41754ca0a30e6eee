/** Shorter texts are not treated as secrets: harmless letters would be removed from messages. */
const MIN_SECRET = 4;

/** The text without secrets, in every form in which they may have been sent. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets.filter(({ length }) => length >= MIN_SECRET)) {
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ]) {
      clean = clean.replaceAll(form, '[redacted]');
    }
  }
  return clean;
}
