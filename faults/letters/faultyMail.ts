import { chanceOf } from '../chance';

/** What the server does to one attempt, by the stage of the dialogue at which it does it. */
export const MISDEEDS = {
  // Before the message: nothing was sent.
  greeting421: { at: 'greeting', share: 0.01 },
  hangUpAtMail: { at: 'mail', share: 0.002 },
  hangUpAtRcpt: { at: 'rcpt', share: 0.002 },
  later450: { at: 'rcpt', share: 0.01 },
  later421: { at: 'rcpt', share: 0.001 },
  laterAtData: { at: 'data', share: 0.005 },
  // Amid the message: whether it was sent cannot be known from outside.
  hangUpAmidBody: { at: 'body', share: 0.002 },
  // After the final dot.
  laterAfterDot: { at: 'dot', share: 0.005 },
  hangUpTaken: { at: 'dot', share: 0.001 },
  hangUpNotTaken: { at: 'dot', share: 0.001 },
  slowReply: { at: 'dot', share: 0.0005 },
} as const satisfies Record<string, { readonly at: Stage; readonly share: number }>;
export type Misdeed = keyof typeof MISDEEDS;
export type Stage = 'greeting' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot';

/** Misdeeds after which nobody outside can know whether the message was taken. */
export const UNKNOWABLE: readonly Misdeed[] = ['hangUpAmidBody', 'hangUpTaken', 'hangUpNotTaken'];

/** What an address itself is: its server takes it, or refuses it for good at one of two stages. */
export type Nature = 'good' | 'unknownAtRcpt' | 'unknownAfterDot' | 'refusedAfterDot';
const NATURES: readonly (readonly [Nature, number])[] = [
  ['unknownAtRcpt', 0.01],
  ['unknownAfterDot', 0.004],
  ['refusedAfterDot', 0.002],
];

/** Decided by the address alone, so that each attempt meets the same. */
export function natureOf(seed: string, address: string): Nature {
  return pick(NATURES, chanceOf(seed, address, 'nature')) ?? 'good';
}

/** What happens to an attempt of an address at a stage; undefined: nothing. */
export function misdeedAt(
  stage: Stage,
  {
    seed,
    key,
    attempt,
    often,
  }: {
    readonly seed: string;
    readonly key: string;
    readonly attempt: number;
    /** How many times as often as by {@link MISDEEDS}. */
    readonly often: number;
  },
): Misdeed | undefined {
  const shares = Object.entries(MISDEEDS)
    .filter(([, misdeed]) => misdeed.at === stage)
    .map(([name, { share }]) => [name, share * often] as const);
  const found = pick(shares, chanceOf(seed, key, stage, attempt));
  return MISDEED_NAMES.find((name) => name === found);
}

const MISDEED_NAMES: readonly Misdeed[] = Object.keys(MISDEEDS).filter((name): name is Misdeed =>
  Object.hasOwn(MISDEEDS, name),
);

/** The first whose share of the range from 0 to 1 holds the number. */
function pick<T>(shares: readonly (readonly [T, number])[], at: number): T | undefined {
  let sum = 0;
  for (const [name, share] of shares) {
    sum += share;
    if (at < sum) return name;
  }
  return undefined;
}
