/**
 * The kinds of receivers of alerts, as `alert_target.kind` stores them and as the options of `alerts add` name
 * them. What an address of each must be: `operations/alerts/alerts.ts`, `ADDRESSES`.
 */
export const ALERT_TARGETS = {
  email: {
    called: 'This address',
    takes: '<address>',
    help: 'send them by mail',
    signs: false,
  },
  webhook: {
    called: 'This webhook',
    takes: '<url>',
    help: 'send them by a POST, signed as standardwebhooks.com describes',
    signs: true,
  },
} as const satisfies Record<string, AlertTargetTraits>;
interface AlertTargetTraits {
  /** In messages. */
  readonly called: string;
  /** The value and the help of the option. */
  readonly takes: string;
  readonly help: string;
  /** What is sent is signed, so the receiver has a secret (a check of the database says the same). */
  readonly signs: boolean;
}
export type AlertTargetKind = keyof typeof ALERT_TARGETS;

const isKind = (name: string): name is AlertTargetKind => Object.hasOwn(ALERT_TARGETS, name);
export const ALERT_TARGET_KINDS: readonly AlertTargetKind[] =
  Object.keys(ALERT_TARGETS).filter(isKind);

/** What is wrong with a secret for a receiver of this kind: one that signs nothing has none. */
export function secretMisfit(kind: AlertTargetKind): string | null {
  if (ALERT_TARGETS[kind].signs) return null;
  const signed = ALERT_TARGET_KINDS.filter((one) => ALERT_TARGETS[one].signs);
  return `--secret is for ${signed.map((one) => `--${one}`).join(', ')}: alerts by --${kind} are not signed.`;
}
