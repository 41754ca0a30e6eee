/**
 * The names of the sink's files: `<id>-<hash of the recipient>.eml`. Ids sort by time, and the letters of
 * one recipient are found without opening all files.
 */
export interface SinkFile {
  readonly id: string;
  /** {@link recipientHash} of the address that the letter was delivered to. */
  readonly hash: string;
}

/** What {@link idAfter} needs to know of the last id. */
export interface LastId {
  readonly ms: number;
  readonly counter: number;
}

const MS_CHARS = 8;
const COUNTER_CHARS = 3;
const LAST_COUNTER = 36 ** COUNTER_CHARS - 1;

/** The moment and the number within it that follow the last id; the clock may have gone back. */
export function idAfter(last: LastId, nowMs: number): LastId {
  if (nowMs > last.ms) return { ms: nowMs, counter: 0 };
  if (last.counter < LAST_COUNTER) return { ms: last.ms, counter: last.counter + 1 };
  return { ms: last.ms + 1, counter: 0 };
}

/** The id as text: eleven characters, which sort as the ids follow each other. */
export function idText({ ms, counter }: LastId): string {
  const base36 = (n: number, chars: number): string => n.toString(36).padStart(chars, '0');
  return base36(ms, MS_CHARS) + base36(counter, COUNTER_CHARS);
}

/** An id's parts; undefined for a text that is no id. */
export function parseId(id: string): LastId | undefined {
  if (!/^[0-9a-z]{11}$/.test(id)) return undefined;
  return {
    ms: Number.parseInt(id.slice(0, MS_CHARS), 36),
    counter: Number.parseInt(id.slice(MS_CHARS), 36),
  };
}

export function sinkFileName({ id, hash }: SinkFile): string {
  return `${id}-${hash}.eml`;
}

/** Undefined for the name of a file that is no letter, such as one that is being written. */
export function parseSinkFileName(name: string): SinkFile | undefined {
  const [, id, hash] = /^([0-9a-z]{11})-([0-9a-f]{8})\.eml$/.exec(name) ?? [];
  return id === undefined || hash === undefined ? undefined : { id, hash };
}

/** A hash of an address in any case (FNV-1a, 32 bits). Equal hashes of two addresses are possible. */
export function recipientHash(address: string): string {
  let hash = 0x811c9dc5;
  for (const char of address.trim().toLowerCase()) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
