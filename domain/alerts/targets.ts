/**
 * The kinds of receivers of alerts, as `alert_target.kind` stores them and as the options of `alerts add` name
 * them. `called`: in messages. `signs`: what is sent is signed, so the receiver has a secret (a check of the
 * database says the same).
 */
export const ALERT_TARGETS = {
  email: { called: 'This address', signs: false },
  webhook: { called: 'This webhook', signs: true },
} as const satisfies Record<string, { readonly called: string; readonly signs: boolean }>;
export type AlertTargetKind = keyof typeof ALERT_TARGETS;

const isKind = (name: string): name is AlertTargetKind => Object.hasOwn(ALERT_TARGETS, name);
export const ALERT_TARGET_KINDS: readonly AlertTargetKind[] =
  Object.keys(ALERT_TARGETS).filter(isKind);

/** What is wrong with a secret for a receiver of this kind: one that signs nothing has none. */
export function secretMisfit(kind: AlertTargetKind): string | null {
  if (ALERT_TARGETS[kind].signs) return null;
  const signed = ALERT_TARGET_KINDS.filter((one) => ALERT_TARGETS[one].signs);
  return `--secret is for ${signed.map((one) => `--${one}`).join(', ')}: a mail is not signed.`;
}
