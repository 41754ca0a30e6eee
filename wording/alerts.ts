import { ALERT_TYPES, type AlertData, type AlertEvent } from '../domain/alerts/alerts';
import type { HeldCampaignGate } from '../domain/letters/campaignDocument';
import { GATES, type HeldGate } from '../domain/runs/gates';
import type { RunKind } from '../domain/runs/run';
import { campaignGateText, isCampaignGate } from './campaignGates';
import { gateText } from './gates';
import { grouped } from './messages/words';
import { wordInFolder } from './next';

/** The body of a webhook (Standard Webhooks): the same bytes at each attempt. */
export function webhookBody(alert: {
  readonly event: AlertEvent | 'test';
  readonly at: Date;
  readonly data: AlertData;
}): string {
  const { event, at, data } = alert;
  const worded = { ...data, next: wordInFolder(data.next) };
  return JSON.stringify({ type: ALERT_TYPES[event], timestamp: at.toISOString(), data: worded });
}

/** An alert as a mail. */
export function alertMail(data: AlertData): { readonly subject: string; readonly text: string } {
  const what = headline(data);
  const lines = [what, ...facts(data), '', wordInFolder(data.next), ''];
  return { subject: `Rollcall: ${what}`, text: lines.join('\n') };
}

const RUN_WORDS = {
  import: 'import',
  sync: 'sync',
  bulk: 'bulk change',
  undo: 'undo',
  due: 'due run',
  merge: 'merge',
} as const satisfies Record<RunKind, string>;

function headline(data: AlertData): string {
  return data.campaignId === undefined ? headlineOfRun(data) : headlineOfCampaign(data);
}

/** Without its letter: a subject may be about a person. */
function headlineOfCampaign({ state, recipients = 0, code }: AlertData): string {
  const campaign = `a campaign to ${grouped(recipients)} ${recipients === 1 ? 'person' : 'people'}`;
  switch (state) {
    case 'held':
      return `${campaign} is on hold`;
    case 'paused':
      return `${campaign} is paused: ${code ?? 'unknown'}`;
    default:
      return `${campaign} has letters that may or may not have arrived`;
  }
}

function headlineOfRun(data: AlertData): string {
  const { source, state, kind, subject = 'users', counts, code, token = '' } = data;
  const name = source ?? '';
  // Records have a slot, and come from no source.
  const ofWhat = subject === 'users' ? name : subject;
  const word = kind === undefined ? 'run' : RUN_WORDS[kind];
  // Merges have a slot, and come from no source.
  const run = kind === 'merge' ? 'a run of merges' : `the ${word} of ${ofWhat}`;
  switch (state) {
    case 'held':
      return `${run} is held`;
    case 'done':
      return `${run} left ${String(counts?.conflict ?? 0)} in conflict`;
    case 'failed':
      return `${run} failed: ${code ?? 'unknown'}`;
    case 'quarantined':
      return `${name} is set aside: ${code ?? 'unknown'}`;
    case 'disabled':
      return `${name} is disabled: ${code ?? 'unknown'}`;
    case 'overdue':
      return `${name} is overdue`;
    case 'ending':
      return `the token ${token} ends soon`;
    case 'recovered':
      return `a token of an owner, ${token}, was made without a token`;
    case 'test':
      return 'this is a test';
    case 'paused':
    case 'unknown':
      return `${name} is ${state}`;
  }
}

function facts(data: AlertData): string[] {
  const { counts = {}, held = [], since, nextTryAt, lastSyncAt, adminId, expiresAt } = data;
  const counted = Object.entries(counts).filter(([, n]) => n !== 0);
  return [
    ...held.map((one) => `  ${one.gate}: ${holdText(one, data)}`),
    ...(counted.length === 0
      ? []
      : [`  ${counted.map(([name, n]) => `${name} ${grouped(n)}`).join(', ')}`]),
    ...(since === undefined ? [] : [`  since ${since}`]),
    ...(nextTryAt === undefined
      ? []
      : [nextTryAt === null ? '  it is not tried again by itself' : `  tried again ${nextTryAt}`]),
    ...(adminId === undefined ? [] : [`  admin ${adminId}`]),
    ...(expiresAt === undefined ? [] : [`  valid until ${expiresAt}`]),
    ...(lastSyncAt === undefined ? [] : [`  last sync ${lastSyncAt ?? 'never'}`]),
  ];
}

function holdText(hold: HeldGate | HeldCampaignGate, about: AlertData): string {
  const { gate, count, limit } = hold;
  if (about.campaignId !== undefined && isCampaignGate(gate)) {
    return campaignGateText({ gate, count, limit });
  }
  return isGateOfRuns(hold) ? gateText(hold, about.subject) : gate;
}

function isGateOfRuns(hold: HeldGate | HeldCampaignGate): hold is HeldGate {
  return GATES.some((gate) => gate === hold.gate);
}

/** Alerts in words, as they are sent. */
export const ALERT_WORDS = { mail: alertMail, webhook: webhookBody } as const;
