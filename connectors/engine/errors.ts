import type { FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import type { FaultKind } from '../../domain/faults';
import type { Decoded } from './decode';
import type { Answer } from '../http/http';
import { scalar } from '../declaration/json';
import { at } from '../declaration/path';
import type { Connector, ErrorRule } from '../declaration/schema';
import { hasWaitHeader } from './waits';

/** What an answer leads to. `ok`: it is read. */
export type Reaction = 'ok' | 'throttled' | ErrorRule['then'];

export interface Judged {
  readonly then: Reaction;
  readonly next?: string | undefined;
}

const RETRIED = new Set([
  408, 421, 425, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529,
]);

/** Judges an answer: throttling first, then the declared rules in order, then what statuses mean. */
export function judge(connector: Connector, answer: Answer, decoded: Decoded): Judged {
  const body = decoded.ok ? decoded.body : undefined;
  const { throttledWhen } = connector.limits;
  const throttled =
    throttledWhen === undefined
      ? answer.status === 429 || (answer.status === 503 && hasWaitHeader(answer, connector.limits))
      : throttledWhen.some((when) => meets(when, answer, body));
  if (throttled) return { then: 'throttled' };
  const rule = connector.errors?.find(({ when }) => meets(when, answer, body));
  if (rule !== undefined) return { then: rule.then, next: rule.next };
  if (answer.status >= 200 && answer.status < 300) return { then: decoded.ok ? 'ok' : 'retry' };
  if (answer.status === 401) return { then: 'refreshAuth' };
  if (answer.status === 429 || RETRIED.has(answer.status) || answer.status >= 500) {
    return { then: 'retry' };
  }
  return {
    then: [400, 405, 406, 413, 415, 422].includes(answer.status) ? 'stopBug' : 'stopConfig',
  };
}

function meets(when: ErrorRule['when'], answer: Answer, body: unknown): boolean {
  const { status } = when;
  if (status === '4xx' && Math.floor(answer.status / 100) !== 4) return false;
  if (status === '5xx' && Math.floor(answer.status / 100) !== 5) return false;
  if (typeof status === 'number' && answer.status !== status) return false;
  const type = answer.headers['content-type'] ?? '';
  if (when.contentTypeNot !== undefined && type.startsWith(when.contentTypeNot)) return false;
  if (when.bodyPath === undefined) return true;
  const value = at(body, when.bodyPath);
  if (when.equals === undefined) return value !== undefined && value !== null;
  return scalar(value) === String(when.equals);
}

// Where vendors put the code of an error. Their sentences are not repeated: they name people.
// prettier-ignore
const CODE_PATHS = ['/error/code', '/errorCode', '/0/errorCode', '/error_code', '/code', '/scimType', '/category', '/errors/0/error_key', '/errors/0/type', '/error', '/type'];

function vendorCode(decoded: Decoded): string {
  if (!decoded.ok) return '';
  const codes = CODE_PATHS.map((path) => scalar(at(decoded.body, path)));
  const code = codes.find((text) => text !== null && /^[A-Za-z][A-Za-z0-9_.-]{1,60}$/.test(text));
  return code === null || code === undefined ? '' : `, ${code}`;
}

export interface StopInput {
  readonly connector: Connector;
  readonly answer: Answer;
  readonly decoded: Decoded;
  readonly next?: string | undefined;
}

/** Ends a read that another try cannot repair (or did not). */
export function stopFault(then: Reaction, { connector, answer, decoded, next }: StopInput): Fault {
  const said = `${connector.name} answered ${String(answer.status)}${vendorCode(decoded)}`;
  const make = (kind: FaultKind, code: FaultCode, what: string, step: Next | string): Fault =>
    new Fault(kind, { code, message: `${said}: ${what}`, next: next ?? step });
  if (then === 'refreshAuth' || answer.status === 401) {
    return credentialsRefused(`${said}: the credentials are refused.`, next);
  }
  if (then === 'stopBug') {
    const step = 'Look for a newer version of the connector, and report this.';
    return make('bug', 'request_refused', 'it does not take what the connector asks.', step);
  }
  if (then === 'retry') {
    const what = decoded.ok ? 'and did so again and again.' : 'with something that is not data.';
    const step = 'It is tried again later; look at the vendor’s status page.';
    return make('unavailable', decoded.ok ? 'source_failing' : 'source_not_data', what, step);
  }
  if (answer.status === 403) {
    const step = `Give its permissions as in docs/connectors/${connector.id}.md.`;
    return make('forbidden', 'access_refused', 'the account may not read this.', step);
  }
  const step = { do: 'compareSource' } as const;
  return make('invalid', 'source_not_found', 'nothing is where the configuration points.', step);
}

/** Credentials that the vendor refuses: the source goes to quarantine. */
export function credentialsRefused(message: string, next?: string): Fault {
  const step = { do: 'renewSecrets' } as const;
  return new Fault('forbidden', { code: 'credentials_refused', message, next: next ?? step });
}
