import { UNKNOWABLE } from './faultyMail';
import type { Line } from './server';

/** A recipient as the store has them. */
export interface Recipient {
  readonly address: string;
  readonly state: string;
  readonly reason: string | null;
}

/** What became of a campaign's recipients, held against what the mail server did. */
export interface Verdict {
  readonly recipients: number;
  readonly accepted: number;
  readonly failed: number;
  readonly unknown: number;
  /** Letters whose fate nobody outside can know: the server hung up amid the message or after it. */
  readonly unknowable: number;
  /** People who got more than one. */
  readonly doubles: readonly string[];
  /** People who got none, and nothing says so. */
  readonly lost: readonly string[];
  /** Recorded as accepted, and the server did not take it. */
  readonly falselyAccepted: readonly string[];
  /** Recorded as failed although the server took it, or never refused it for good. */
  readonly falselyFailed: readonly string[];
  /** Got one, and are recorded as if they had got none; or got one, and are no recipients. */
  readonly others: readonly string[];
}

/** Judges by recipient alone; no header is read. */
export function judge(recipients: readonly Recipient[], lines: readonly Line[]): Verdict {
  const byAddress = new Map<string, Line[]>();
  for (const line of lines) {
    const known = byAddress.get(line.rcpt);
    if (known === undefined) byAddress.set(line.rcpt, [line]);
    else known.push(line);
  }
  const found = {
    doubles: new Set<string>(),
    lost: new Set<string>(),
    falselyAccepted: new Set<string>(),
    falselyFailed: new Set<string>(),
    others: new Set<string>(),
  };
  for (const { address, state, reason } of recipients) {
    const met = byAddress.get(address.toLowerCase()) ?? [];
    byAddress.delete(address.toLowerCase());
    const got = met.filter(({ taken }) => taken).length;
    const refused = met.some(({ reply }) => reply?.startsWith('5') === true);
    if (got > 1) found.doubles.add(address);
    if (state === 'accepted' && got === 0) found.falselyAccepted.add(address);
    if (state === 'failed' && (got > 0 || !refused)) found.falselyFailed.add(address);
    const hasOutcome = ['accepted', 'failed', 'unknown', 'bounced'].includes(state);
    if (got === 0 && !hasOutcome) found.lost.add(address);
    if (got > 0 && !hasOutcome)
      found.others.add(`${address} got one and is ${state} (${reason ?? ''})`);
  }
  for (const [address, met] of byAddress) {
    if (met.some(({ taken }) => taken)) found.others.add(`${address} is no recipient`);
  }
  const countOf = (state: string): number =>
    recipients.filter((recipient) => recipient.state === state).length;
  return {
    recipients: recipients.length,
    accepted: countOf('accepted'),
    failed: countOf('failed'),
    unknown: countOf('unknown'),
    unknowable: lines.filter(({ misdeed }) => UNKNOWABLE.some((one) => one === misdeed)).length,
    doubles: [...found.doubles],
    lost: [...found.lost],
    falselyAccepted: [...found.falselyAccepted],
    falselyFailed: [...found.falselyFailed],
    others: [...found.others],
  };
}
