import { randomBytes } from 'node:crypto';
import { secretOf, secretFault } from '../../connectors/delivery/webhook';
import { checkAddress } from '../../connectors/http/http';
import { ALERT_EVENTS, type AlertEvent } from '../../domain/alerts/alerts';
import { byPrefix } from '../../domain/ids';
import { isEmail } from '../../domain/users/email';
import { Fault } from '../../domain/faults';
import { saidText } from '../../domain/next';
import { nearestName } from '../../domain/nearest';
import { sqlStateOf } from '../../domain/passing';
import { requirePermission } from '../../domain/permissions';
import {
  ALERT_TARGET_KINDS,
  ALERT_TARGETS,
  secretMisfit,
  type AlertTargetKind,
} from '../../domain/alerts/targets';
import {
  deleteAlertTarget,
  findAlertTargets,
  insertAlertTarget,
  selectAlertTargets,
  type AlertTarget,
  type AlertTargetStanding,
  type AlertTrouble,
} from '../../store/alerts/alertTargets';
import { audit } from '../../store/database/audit';
import { newId, transaction, type Tx } from '../../store/database/db';
import { seal } from '../../store/sources/secrets';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import type { AlertDeps } from './sendAlert';

/** What the operations of alerts need besides the store. */
export interface AlertContext extends OperationContext, AlertDeps {}

/** A receiver of alerts, as it is shown: never with its secret. */
export interface AlertTargetView {
  readonly id: string;
  readonly kind: AlertTargetKind;
  /** An e-mail address, or a URL without its query. */
  readonly to: string;
  readonly events: readonly AlertEvent[];
  /** False once the receiver answered that it is gone. */
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly sent: number;
  readonly waiting: number;
  readonly givenUp: number;
  readonly lastSentAt: string | null;
  readonly trouble: AlertTrouble | null;
}

/** The address of a receiver, an e-mail address or a URL, by its kind. */
export interface AddAlert extends Partial<Readonly<Record<AlertTargetKind, string>>> {
  /** Events that the receiver gets; all of them unless given. */
  readonly events?: readonly string[];
  /** Secret of a webhook, `whsec_…`; made when it is not given. */
  readonly secret?: string;
}

/** A new target. A secret that was made for it is shown here and nowhere else. */
export interface AddedAlert extends AlertTargetView {
  readonly secret: string | null;
}

/**
 * Adds a receiver of alerts. Reports every fault at once: `usage`, `conflict` (the receiver
 * exists).
 */
export async function addAlert(context: AlertContext, input: AddAlert): Promise<AddedAlert> {
  requirePermission(context.level, 'alerts.write');
  const { events, faults } = eventsOf(input.events ?? ALERT_EVENTS);
  const all = [...targetFaults(context, input), ...faults];
  if (all.length > 0) throw usage(all);
  const id = newId();
  const [kind = 'email'] = kindsOf(input);
  const given = input[kind] ?? '';
  const address = ADDRESSES[kind].kept(given);
  const { signs } = ALERT_TARGETS[kind];
  const made = signs && input.secret === undefined ? secretOf(randomBytes(32)) : null;
  const secret = input.secret ?? made;
  const secrets = secret === null ? null : seal({ secret }, { ...context, ownerId: id });
  await transaction(
    context.db,
    async (tx) => {
      await insertAlertTarget(tx, { id, kind, address, events, secrets });
      await auditAlert(tx, context, 'alert.add', id);
    },
    1,
  ).catch((error: unknown) => {
    throw sqlStateOf(error) === '23505' ? toldAlready(kind) : error;
  });
  const added = (await listAlerts(context)).find((target) => target.id === id);
  if (added === undefined) throw new Error('the target just added is gone');
  return { ...added, secret: made };
}

/** Every receiver, and whether its alerts arrive. */
export async function listAlerts(context: OperationContext): Promise<AlertTargetView[]> {
  requirePermission(context.level, 'alerts.read');
  return (await selectAlertTargets(context.db.pool)).map(view);
}

export interface AlertTest {
  readonly id: string;
  readonly to: string;
  readonly sent: true;
}

/** Sends a test at once, from here. Faults: `not_found`, `unavailable` (it did not arrive). */
export async function testAlert(context: AlertContext, ref: string): Promise<AlertTest> {
  requirePermission(context.level, 'alerts.write');
  const target = await existing(context, ref);
  const { openAlertSender } = await import('./sendAlert.js');
  const sender = openAlertSender(context);
  try {
    const attempted = await sender.send({
      id: newId(),
      event: 'test',
      createdAt: new Date(),
      data: { source: null, state: 'test', next: { do: 'listAlerts' } },
      target,
    });
    await transaction(context.db, (tx) => auditAlert(tx, context, 'alert.test', target.id));
    if (attempted.kind === 'sent') return { id: target.id, to: shownAddress(target), sent: true };
    throw new Fault('unavailable', {
      code: 'alert_not_sent',
      message: `The test did not arrive: ${attempted.message}`,
      next:
        attempted.next === undefined
          ? { do: 'testAlert', target: target.id }
          : { do: 'testAlertAfter', target: target.id, first: saidText(attempted.next) },
    });
  } finally {
    sender.close();
  }
}

/** Removes a receiver and drops its unsent alerts. @throws Fault not_found. */
export async function removeAlert(
  context: OperationContext,
  ref: string,
): Promise<{ readonly id: string; readonly to: string }> {
  requirePermission(context.level, 'alerts.write');
  const target = await existing(context, ref);
  await transaction(context.db, async (tx) => {
    await deleteAlertTarget(tx, target.id);
    await auditAlert(tx, context, 'alert.remove', target.id);
  });
  return { id: target.id, to: shownAddress(target) };
}

function auditAlert(tx: Tx, context: OperationContext, action: string, id: string): Promise<void> {
  return audit(tx, { ...actorOf(context), action, subjectType: 'alert_target', subjectId: id });
}

function eventsOf(given: readonly string[]): { events: AlertEvent[]; faults: string[] } {
  const events = ALERT_EVENTS.filter((event) => given.includes(event));
  const faults = given
    .filter((name) => !ALERT_EVENTS.some((event) => event === name))
    .map((name) => {
      const near = nearestName(name, ALERT_EVENTS);
      const meant = near === undefined ? '' : `; is ${near} meant?`;
      return `--events knows no "${name}"${meant === '' ? `: ${ALERT_EVENTS.join(', ')}.` : meant}`;
    });
  if (given.length === 0) faults.push(`--events takes some of ${ALERT_EVENTS.join(', ')}.`);
  return { events, faults };
}

/** The kinds of receivers that were given: one, or wrong usage. */
const kindsOf = (input: AddAlert): readonly AlertTargetKind[] =>
  ALERT_TARGET_KINDS.filter((kind) => input[kind] !== undefined);

function targetFaults(deps: AlertDeps, input: AddAlert): string[] {
  const [kind, another] = kindsOf(input);
  if (kind === undefined || another !== undefined) {
    return [`Give ${ALERT_TARGET_KINDS.map((one) => `--${one}`).join(' or ')}.`];
  }
  const given = input[kind] ?? '';
  return [...ADDRESSES[kind].faults(given, deps), ...secretFaults(kind, input.secret)];
}

/** What the address of a receiver must be, and how one without faults is kept. */
const ADDRESSES: Readonly<
  Record<
    AlertTargetKind,
    {
      readonly faults: (given: string, deps: AlertDeps) => string[];
      readonly kept: (given: string) => string;
    }
  >
> = {
  email: { faults: mailFaults, kept: (given) => given },
  webhook: { faults: urlFaults, kept: (given) => new URL(given).href },
};

function secretFaults(kind: AlertTargetKind, secret: string | undefined): string[] {
  if (secret === undefined) return [];
  const misfit = secretMisfit(kind);
  if (misfit !== null) return [misfit];
  const wrong = secretFault(secret);
  return wrong === null ? [] : [`The secret ${wrong}.`];
}

function mailFaults(email: string, deps: AlertDeps): string[] {
  const unset = [
    ...(deps.smtpUrl === null ? ['ROLLCALL_SMTP_URL (such as smtp://mail.example.com:587)'] : []),
    ...(deps.mailFrom === null ? ['ROLLCALL_MAIL_FROM (the sender)'] : []),
  ];
  return [
    ...(isEmail(email) ? [] : [`"${email}" is no e-mail address.`]),
    ...(unset.length === 0
      ? []
      : [`No mail can be sent: set ${unset.join(' and ')}, here and where the worker runs.`]),
  ];
}

function urlFaults(text: string, { allowPrivateHosts }: AlertDeps): string[] {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return ['--webhook takes a URL, such as https://example.com/hooks/rollcall.'];
  if (url.username !== '' || url.password !== '') {
    return ['--webhook takes a URL without a user name and a password: the signature proves it.'];
  }
  try {
    checkAddress(url.href, allowPrivateHosts);
    return [];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [[error.message, saidText(error.next)].join(' ').trim()];
  }
}

/** A target by its id, or by a unique beginning of it. */
async function existing(context: OperationContext, ref: string): Promise<AlertTarget> {
  return byPrefix(ref, {
    find: (text) => findAlertTargets(context.db.pool, text),
    missing: () =>
      new Fault('not_found', {
        code: 'alert_not_found',
        message: `Nobody is told of anything under ${ref}.`,
        next: { do: 'listAlerts' },
      }),
    several: () =>
      new Fault('usage', {
        code: 'alert_ambiguous',
        message: `More than one id begins with ${ref}.`,
        next: { do: 'listAlerts' },
      }),
  });
}

function view(target: AlertTargetStanding): AlertTargetView {
  const { address: _, createdAt, lastSentAt, ...rest } = target;
  return {
    ...rest,
    to: shownAddress(target),
    createdAt: createdAt.toISOString(),
    lastSentAt: lastSentAt?.toISOString() ?? null,
  };
}

/** Leaves out the query, which may hold a key of the receiver's. */
function shownAddress({ address }: Pick<AlertTarget, 'address'>): string {
  return address.replace(/\?.*$/s, '?…');
}

function usage(faults: readonly string[]): Fault {
  return new Fault('usage', {
    code: 'bad_alert',
    message: faults.join('\n'),
    next: { do: 'helpAddAlert' },
  });
}

function toldAlready(kind: AlertTargetKind): Fault {
  return new Fault('conflict', {
    code: 'alert_exists',
    message: `${ALERT_TARGETS[kind].called} is told already.`,
    next: { do: 'listAlerts' },
  });
}
