import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { RunKind } from '../domain/runs/run';
import { wordInFolder } from '../wording/next';
import { SEARCH_ATTRIBUTES } from './ids';
import type { RunView } from './messages';

const STATE = defineSearchAttributeKey('RollcallState', SEARCH_ATTRIBUTES.RollcallState);
const KIND = defineSearchAttributeKey('RollcallKind', SEARCH_ATTRIBUTES.RollcallKind);
const SOURCE = defineSearchAttributeKey('RollcallSource', SEARCH_ATTRIBUTES.RollcallSource);
const HELD = defineSearchAttributeKey('RollcallHeld', SEARCH_ATTRIBUTES.RollcallHeld);

/** What a run is, apart from its state. */
export interface RunIdentity {
  readonly runId: string;
  readonly kind: RunKind;
  readonly source: string;
}

/** The view of a run before its row was read. */
export const BLANK_VIEW: RunView = {
  state: 'waiting',
  phase: 'waiting',
  rows: null,
  entries: null,
  applied: 0,
  held: [],
  counts: null,
  trouble: null,
};

/** Sets all search attributes of a run: once in each execution. */
export function showIdentity({ kind, source }: RunIdentity, view: RunView): void {
  upsertSearchAttributes([
    { key: KIND, value: kind },
    { key: SOURCE, value: source },
    ...stateAttributes(view),
  ]);
}

/** Shows a view in the Temporal UI; search attributes cost an event, so only when they change. */
export function showView(runId: string, before: RunView, after: RunView): void {
  if (before.state !== after.state || gateNames(before) !== gateNames(after)) {
    upsertSearchAttributes(stateAttributes(after));
  }
  setCurrentDetails(details(runId, after));
}

function stateAttributes(view: RunView): SearchAttributeUpdatePair[] {
  const gates = view.held.map((held) => held.gate);
  return [
    { key: STATE, value: shownState(view) },
    { key: HELD, value: gates.length === 0 ? null : gates },
  ];
}

/** A stopped source is found by the workflow that stopped it. */
function shownState({ state, setAside }: RunView): string {
  return state === 'failed' && setAside === true ? 'quarantined' : state;
}

function gateNames(view: RunView): string {
  return view.held.map((held) => held.gate).join(' ');
}

/** Markdown for the Temporal UI: the state, a table of counts, the gates, the commands to go on. */
export function details(runId: string, view: RunView): string {
  return [
    `**${shownState(view)}**${note(view)}`,
    progressTable(view),
    gateTable(view),
    countsTable(view),
    commands(runId, view),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function note({ state, phase, trouble }: RunView): string {
  if (trouble !== null) {
    const doubt = trouble.code === 'run_not_found' ? ' (another database?)' : '';
    return ` while ${phase}: ${trouble.code}${doubt}; round ${trouble.rounds} of three attempts each, and on until it succeeds`;
  }
  if (state === 'waiting') return ' until the source is free';
  return state === 'running' ? ` · ${phase}` : '';
}

function progressTable({ rows, entries, applied }: RunView): string {
  if (rows === null && entries === null) return '';
  return [
    '| rows read | changes planned | changes applied |',
    '|--:|--:|--:|',
    `| ${rows ?? ''} | ${entries ?? ''} | ${applied} |`,
  ].join('\n');
}

function gateTable({ held }: RunView): string {
  if (held.length === 0) return '';
  return [
    '| held by gate | planned | limit |',
    '|---|--:|--:|',
    ...held.map(({ gate, count, limit }) => `| ${gate} | ${count} | ${limit} |`),
  ].join('\n');
}

function countsTable({ counts }: RunView): string {
  if (counts === null) return '';
  const shown = Object.entries(counts).filter(([, count]) => count !== 0);
  if (shown.length === 0) return '';
  return [
    `| ${shown.map(([name]) => name).join(' | ')} |`,
    `|${shown.map(() => '--:').join('|')}|`,
    `| ${shown.map(([, count]) => count).join(' | ')} |`,
  ].join('\n');
}

function commands(runId: string, { state, phase, held }: RunView): string {
  const steps = () => {
    if (state === 'held' && held.some(({ gate }) => gate === 'renumbered')) {
      return ['diff', 'resolveRenumbered', 'approve', 'reject'] as const;
    }
    if (state === 'held') return ['diff', 'approve', 'reject'] as const;
    if (state === 'planned') return ['diff', 'apply'] as const;
    if (state === 'failed') return ['showRun', 'resume'] as const;
    if (state === 'done') return ['showRun', 'report', 'undo'] as const;
    return phase === 'finished' ? (['showRun'] as const) : (['showRun', 'cancel'] as const);
  };
  return steps()
    .map((step) => `\`${wordInFolder({ do: step, run: runId })}\``)
    .join(' · ');
}
