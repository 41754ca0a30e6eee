/** Shorter texts are no secrets: they would take innocent letters out of a message. */
const MIN_SECRET = 4;

/** The text without secrets, in whatever form they may have been sent. */
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
