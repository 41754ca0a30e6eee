/** Where the counting mail server may misbehave. `dot`: after the final dot of the message. */
export const SMTP_STAGES = ['greeting', 'ehlo', 'auth', 'mail', 'rcpt', 'data', 'dot'] as const;
export type SmtpStage = (typeof SMTP_STAGES)[number];

/**
 * How it misbehaves. `reply`: with this line in place of the right one. `drop`: the connection is cut; at
 * `dot`, the message was taken before (`taken`) or thrown away. `slow`: the right reply comes late.
 */
export type SmtpFault =
  | { readonly kind: 'reply'; readonly line: string }
  | { readonly kind: 'drop'; readonly taken?: boolean }
  | { readonly kind: 'slow'; readonly ms: number };

/** What the server knows when it decides whether to misbehave. */
export interface SmtpMoment {
  readonly stage: SmtpStage;
  /** Of RCPT TO; empty before. */
  readonly recipient: string;
  /** How many times this stage was reached, over all connections, from 1. */
  readonly nth: number;
}

export type SmtpMood = (moment: SmtpMoment) => SmtpFault | null;

/**
 * A mood by chance: each stage misbehaves with this probability, in every way that it can. The same seed and
 * the same order of moments give the same faults.
 */
export function moodByChance(o: { readonly seed: number; readonly rate: number }): SmtpMood {
  const state = { at: o.seed >>> 0 };
  const chance = (): number => {
    // Mulberry32.
    state.at = (state.at + 0x6d2b79f5) >>> 0;
    let t = state.at;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return ({ stage }) => {
    if (chance() >= o.rate) return null;
    const ways = WAYS[stage];
    return ways[Math.floor(chance() * ways.length)] ?? null;
  };
}

const DROP: SmtpFault = { kind: 'drop' };
const SLOW: SmtpFault = { kind: 'slow', ms: 300 };
const CLOSING: SmtpFault = { kind: 'reply', line: '421 4.3.2 Service shutting down' };

/** Faults that pass: none refuses a person for good. */
const WAYS: Readonly<Record<SmtpStage, readonly SmtpFault[]>> = {
  greeting: [DROP, SLOW, CLOSING, { kind: 'reply', line: '554 5.3.2 No service' }],
  ehlo: [DROP, SLOW, CLOSING],
  auth: [DROP, SLOW, { kind: 'reply', line: '454 4.7.0 Temporary authentication failure' }],
  mail: [DROP, SLOW, CLOSING, { kind: 'reply', line: '452 4.3.1 Insufficient system storage' }],
  rcpt: [DROP, SLOW, CLOSING, { kind: 'reply', line: '450 4.2.0 Greylisted' }],
  data: [DROP, SLOW, CLOSING, { kind: 'reply', line: '451 4.3.0 Try again' }],
  dot: [
    DROP,
    { kind: 'drop', taken: true },
    SLOW,
    CLOSING,
    { kind: 'reply', line: '451 4.3.0 Not taken' },
    { kind: 'reply', line: '554 5.6.0 Content refused' },
  ],
};
