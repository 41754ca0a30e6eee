import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  idAfter,
  idText,
  parseId,
  parseSinkFileName,
  recipientHash,
  sinkFileName,
  type LastId,
} from '../../domain/letters/sink/files';
import { codeOf } from '../../domain/passing';

/** What a folder of letters keeps. */
export interface Bounds {
  readonly days: number;
  /** Bytes that the files take on the disk. */
  readonly maxBytes: number;
}

/** One letter for one recipient. */
export interface Letter {
  readonly from: string;
  readonly to: string;
  /** The message as it came. */
  readonly raw: Buffer;
}

const DAY_MS = 86_400_000;
/** Files take whole blocks: many small letters fill a disk that their bytes do not. */
const BLOCK_BYTES = 4_096;
/** How full the folder is after letters had to go: a fuller one would be listed again with each new letter. */
const AFTER_PRUNING = 0.9;

/**
 * The letters of a sink, one file for each recipient. A file appears complete: it is written under
 * another name first. It is not forced to the disk: a killed process loses no letter, a power cut may.
 */
export class LetterFolder {
  readonly #path: string;
  readonly #bounds: Bounds;
  readonly #state: { last: LastId; bytes: number };

  /** Opens the folder, and removes what a killed sink left half written. */
  constructor(path: string, bounds: Bounds) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#bounds = bounds;
    for (const name of readdirSync(path)) {
      if (name.endsWith(HALF)) rmSync(join(path, name), { force: true });
    }
    const names = this.#names();
    const newest = parseId(names.at(-1)?.slice(0, 11) ?? '');
    const bytes = names.reduce((sum, name) => sum + this.#bytesOf(name), 0);
    this.#state = { last: newest ?? { ms: 0, counter: 0 }, bytes };
  }

  /** Writes a letter and returns its id. Older letters go when the folder is full. */
  keep({ from, to, raw }: Letter): string {
    const last = idAfter(this.#state.last, Date.now());
    const id = idText(last);
    const path = join(this.#path, sinkFileName({ id, hash: recipientHash(to) }));
    // As a mail server's own delivery notes the envelope.
    const envelope = Buffer.from(`Return-Path: <${from}>\r\nDelivered-To: ${to}\r\n`);
    const content = Buffer.concat([envelope, raw]);
    this.#write(path, content);
    this.#state.last = last;
    this.#state.bytes += blocks(content.length);
    if (this.#state.bytes > this.#bounds.maxBytes) this.prune();
    return id;
  }

  #write(path: string, content: Buffer): void {
    try {
      try {
        writeFileSync(path + HALF, content, { mode: 0o600 });
      } catch (error) {
        // A person may empty the sink by removing its folder.
        if (codeOf(error) !== 'ENOENT') throw error;
        mkdirSync(this.#path, { mode: 0o700 });
        writeFileSync(path + HALF, content, { mode: 0o600 });
      }
      renameSync(path + HALF, path);
    } catch (error) {
      rmSync(path + HALF, { force: true });
      throw error;
    }
  }

  /** Removes letters that are too old, and the oldest where the folder is too full. */
  prune(): number {
    const { days, maxBytes } = this.#bounds;
    const oldest = idText({ ms: Math.max(0, Date.now() - days * DAY_MS), counter: 0 });
    const names = this.#names();
    const sizes = names.map((name) => this.#bytesOf(name));
    let bytes = sizes.reduce((sum, size) => sum + size, 0);
    const limit = bytes > maxBytes ? maxBytes * AFTER_PRUNING : bytes;
    let removed = 0;
    for (const name of names) {
      const tooOld = name < oldest;
      // The newest stays, however large it is.
      const tooFull = bytes > limit && removed < names.length - 1;
      if (!tooOld && !tooFull) break;
      rmSync(join(this.#path, name), { force: true });
      bytes -= sizes[removed] ?? 0;
      removed += 1;
    }
    this.#state.bytes = bytes;
    return removed;
  }

  /** Oldest first. */
  #names(): string[] {
    if (!existsSync(this.#path)) return [];
    return readdirSync(this.#path)
      .filter((name) => parseSinkFileName(name) !== undefined)
      .sort();
  }

  #bytesOf(name: string): number {
    return blocks(statSync(join(this.#path, name), { throwIfNoEntry: false })?.size ?? 0);
  }
}

const HALF = '.half';

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
