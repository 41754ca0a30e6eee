import type { ChangesDeclaration } from '../declaration/schema';
import type { Cursor, PageState } from './state';

type Format = 'iso' | 'isoSeconds' | 'epochMs' | 'epochS' | 'date';

/** Our clock may be wrong by this much where the vendor does not send its own. */
const SKEW_MS = 300_000;

/** A time as the vendor writes it; rounded down, so that nothing is left out. */
export function formatTime(time: number, format: Format): string {
  const iso = new Date(time).toISOString();
  switch (format) {
    case 'iso':
      return iso;
    case 'isoSeconds':
      return `${iso.slice(0, 19)}Z`;
    case 'epochMs':
      return String(Math.floor(time));
    case 'epochS':
      return String(Math.floor(time / 1_000));
    case 'date':
      return iso.slice(0, 10);
  }
}

/** The smallest step between two times of a format, in ms. */
export function stepMs(format: Format): number {
  if (format === 'date') return 86_400_000;
  return format === 'epochS' || format === 'isoSeconds' ? 1_000 : 1;
}

/** The time of change in a record (epoch ms), or null. */
export function timeOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value === '') return null;
  if (/^\d{12,14}$/.test(value)) return Number(value);
  // Salesforce writes +0000, which is not ISO 8601.
  const time = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(time) ? null : time;
}

/** Why changes cannot be read from a cursor; null when they can. */
export function unusable(
  changes: ChangesDeclaration | undefined,
  cursor: Cursor | null,
  now: number,
): string | null {
  if (changes === undefined) return 'The connector reads no changes.';
  if (cursor === null) return 'There is no cursor yet.';
  const kinds = { time: 'time', ids: 'time', deltaLink: 'link', feed: 'feed' } as const;
  if (kinds[changes.since.type] !== cursor.kind) return 'The cursor is of another kind.';
  const from = cursor.kind === 'time' ? cursor.at : cursor.takenAt;
  if (from > now + SKEW_MS) return 'The cursor is ahead of the clock.';
  const { retentionMs } = changes.since;
  if (retentionMs === undefined) return null;
  // An hour of grace, for the vendor's clock and for the time that the read itself takes.
  return now - from > retentionMs - 3_600_000
    ? `The cursor is older than the vendor keeps changes (${String(Math.floor(retentionMs / 86_400_000))} days).`
    : null;
}

/** Where the next read of changes begins, once this read has ended well; null: nowhere yet. */
export function nextCursor(
  changes: ChangesDeclaration | undefined,
  state: PageState,
  last: { readonly link: string | null; readonly feed: string | null },
): Cursor | null {
  if (changes === undefined) return null;
  const takenAt = state.startedAt;
  switch (changes.since.type) {
    case 'time':
    case 'ids': {
      // Never ahead of our own clock: a server whose clock is ahead would hide changes until then.
      const begun = Math.min(state.serverAt ?? state.startedAt - SKEW_MS, state.startedAt);
      // Never ahead of the start: what is written while we read may carry a time before what was seen.
      const seen = state.mode === 'changes' ? (state.seenMax ?? begun) : begun;
      const before =
        state.cursor?.kind === 'time' && state.mode === 'changes' ? state.cursor.at : 0;
      return { kind: 'time', at: Math.max(Math.min(seen, begun), before), takenAt };
    }
    case 'deltaLink':
      return last.link === null ? null : { kind: 'link', url: last.link, takenAt };
    case 'feed': {
      const place = state.mode === 'full' ? state.feedPlace : last.feed;
      return place === null ? null : { kind: 'feed', place, takenAt };
    }
  }
}
