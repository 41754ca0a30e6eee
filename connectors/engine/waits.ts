import type { Answer } from '../http/http';
import type { LimitsDeclaration } from '../declaration/schema';

const FALLBACK = { firstMs: 1_000, maxMs: 60_000 };
const MAX_WAIT_MS = 3_600_000;
const WAIT_HEADERS = [
  { header: 'retry-after', as: 'seconds' },
  { header: 'retry-after', as: 'httpDate' },
] as const;

export interface WaitInput {
  readonly limits: LimitsDeclaration;
  readonly answer: Answer | null;
  /** How often this call failed before. */
  readonly tries: number;
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** When to call again (epoch ms): as the vendor says, else twice as long each time, with jitter. */
export function waitUntil(input: WaitInput): number {
  const asked = input.answer === null ? null : askedWaitMs(input.answer, input);
  const { firstMs, maxMs } = input.limits.defaultWait ?? FALLBACK;
  const backoff = Math.min(firstMs * 2 ** Math.min(input.tries, 20), maxMs);
  const waitMs = asked ?? backoff * (0.5 + input.random() / 2);
  return Math.ceil(input.now + Math.min(waitMs, input.limits.maxWaitMs ?? MAX_WAIT_MS));
}

/** True when an answer says how long to wait. */
export function hasWaitHeader(answer: Answer, limits: LimitsDeclaration): boolean {
  return (limits.wait ?? WAIT_HEADERS).some(({ header }) => header.toLowerCase() in answer.headers);
}

/** How long the answer asks to wait; null when it gives nothing readable. */
function askedWaitMs(answer: Answer, { limits, now }: WaitInput): number | null {
  // A point in time is by the server's clock: only its distance from the server's own time matters.
  const served = Date.parse(answer.headers['date'] ?? '');
  const serverNow = Number.isNaN(served) ? now : served;
  for (const { header, as } of limits.wait ?? WAIT_HEADERS) {
    const text = answer.headers[header.toLowerCase()]?.trim();
    const number = text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
    let waitMs: number | null = null;
    if (as === 'seconds' && number !== null) waitMs = number * 1_000;
    if (as === 'epochS' && number !== null) waitMs = number * 1_000 - serverNow;
    if (as === 'epochMs' && number !== null) waitMs = number - serverNow;
    if ((as === 'httpDate' || as === 'dateTime') && number === null) {
      const time = Date.parse(isoTime(text ?? ''));
      if (!Number.isNaN(time)) waitMs = time - serverNow;
    }
    // At least a second: a time in the past means "now", but this answer itself means "not yet".
    if (waitMs !== null) return Math.max(waitMs, 1_000);
  }
  return null;
}

/** `2025-07-08 15:35:40 -0700`, as Gusto writes it, in a form that every parser reads. */
function isoTime(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\s*(Z|[+-]\d\d):?(\d\d)?$/.exec(text);
  if (match === null) return text;
  const [, day = '', time = '', zone = '', minutes = '00'] = match;
  return `${day}T${time}${zone === 'Z' ? 'Z' : `${zone}:${minutes}`}`;
}
