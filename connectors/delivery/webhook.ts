import { createHmac } from 'node:crypto';
import type { Http } from '../http/http';

/** One delivery, as Standard Webhooks (standardwebhooks.com) describes it. */
export interface Webhook {
  readonly url: string;
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  /** The same at each attempt: a receiver drops an id that it has had. */
  readonly id: string;
  /** The time of this attempt. */
  readonly at: Date;
  readonly body: string;
}

const PREFIX = 'whsec_';
const TIMEOUT_MS = 15_000;

/** What is wrong with a secret, as the end of a sentence; null: nothing. */
export function secretFault(secret: string): string | null {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const bytes = Buffer.from(text, 'base64');
  const good = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && bytes.length >= 24 && bytes.length <= 64;
  return good ? null : 'is whsec_ and 24 to 64 bytes in base64';
}

/** A secret of 32 bytes, in the form that receivers take. */
export function secretOf(key: Buffer): string {
  return `${PREFIX}${key.toString('base64')}`;
}

/** The three headers that a receiver checks. */
export function signature({ secret, id, at, body }: Webhook): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const sum = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${sum}`,
  };
}

/** Delivers once; returns the status. @throws Fault of {@link Http} when there was no answer. */
export async function postWebhook(http: Http, webhook: Webhook): Promise<number> {
  const { status } = await http.call({
    method: 'POST',
    url: webhook.url,
    headers: { 'content-type': 'application/json', ...signature(webhook) },
    body: webhook.body,
    hosts: new Set(),
    secrets: [webhook.secret],
    timeoutMs: TIMEOUT_MS,
    statusOnly: true,
  });
  return status;
}
