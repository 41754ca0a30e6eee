/** The kinds of receivers of alerts, as `alert_target.kind` stores them; `called`: in messages. */
export const ALERT_TARGETS = {
  email: { called: 'This address' },
  webhook: { called: 'This webhook' },
} as const;
export type AlertTargetKind = keyof typeof ALERT_TARGETS;
