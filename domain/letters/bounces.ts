/** What a mail server, or a person's mail program, says about a letter in a message of its own. */
export const BOUNCE_ACTIONS = ['failed', 'delayed', 'complaint', 'delivered'] as const;
export type BounceAction = (typeof BOUNCE_ACTIONS)[number];

/** One report about one recipient (RFC 3464), or a complaint (RFC 5965). */
export interface BounceReport {
  /** `delivered`: relayed, expanded or delivered; nothing went wrong. */
  readonly action: BounceAction;
  /** Enhanced status code (RFC 3463), the most exact one that the report has; `null`: it has none. */
  readonly status: string | null;
  /** Reply code of SMTP; `null`: it quotes none. */
  readonly smtpCode: number | null;
  /** The addresses that it is about, as it names them; empty: it names none. */
  readonly recipients: readonly string[];
}

/** When an address that failed for good is suppressed. */
export type SuppressWhen = 'at once' | 'third time' | 'never';

/** The address itself is wrong, or its mailbox is gone (RFC 3463, RFC 7505). */
const AT_ONCE: ReadonlySet<string> = new Set([
  ...['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'],
]);
/** Mailbox full, message too big. */
const NEVER: ReadonlySet<string> = new Set(['5.2.2', '5.3.4']);

/**
 * When an address is suppressed that failed with this status: at once where the code speaks of the address;
 * never where it speaks of the message, its size, a policy or the mail system; otherwise, as with 5.0.0 or
 * without a code, at the third failure.
 */
export function suppressWhen(status: string | null): SuppressWhen {
  if (status === null) return 'third time';
  if (AT_ONCE.has(status)) return 'at once';
  if (NEVER.has(status) || !status.startsWith('5.')) return 'never';
  return /^5\.[3567]\./.test(status) ? 'never' : 'third time';
}

/** The failures within the days after which an address without a usable code is suppressed. */
export const SUPPRESS_AFTER = { failures: 3, days: 90 } as const;

/** The report that counts for a letter to `address`: one that names it, first of all one of a failure. */
export function reportFor(
  reports: readonly BounceReport[],
  address: string | null,
  same: (one: string, other: string) => boolean,
): BounceReport | undefined {
  const own =
    address === null
      ? []
      : reports.filter(({ recipients }) => recipients.some((named) => same(named, address)));
  const meant = own.length > 0 ? own : reports;
  for (const action of BOUNCE_ACTIONS) {
    const found = meant.find((report) => report.action === action);
    if (found !== undefined) return found;
  }
  return undefined;
}
