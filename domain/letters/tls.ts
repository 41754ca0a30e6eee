/** How the connection to the mail server is kept from listeners, as `?tls=` of its URL says. */
export const TLS_RULES = ['required', 'opportunistic'] as const;
export type TlsRule = (typeof TLS_RULES)[number];

/** True for a value of `?tls=`. */
export function isTlsRule(text: string): text is TlsRule {
  return TLS_RULES.some((rule) => rule === text);
}
