const LF = 10;
const CR = 13;
/** `From `, after any number of `>`. */
const FROM = Buffer.from('From ');
const GT = 62;

/**
 * The messages of an mbox, one at a time, without their `From ` lines. A line `From …` behind an empty line
 * begins a message; quoted ones (`>From `, mboxrd) lose a `>`. `null`: a message longer than `maxBytes`,
 * which is not kept.
 */
export async function* mboxMessages(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer | null> {
  const message = new Message(maxBytes);
  let isBehindEmpty = true;
  for await (const line of linesOf(chunks, maxBytes)) {
    if (isBehindEmpty && line.subarray(0, FROM.length).equals(FROM)) {
      const whole = message.take();
      if (whole !== undefined) yield whole;
      message.begin();
      isBehindEmpty = false;
      continue;
    }
    isBehindEmpty = line.length === 0 || (line.length === 1 && line[0] === CR);
    message.add(unquoted(line));
  }
  const last = message.take();
  if (last !== undefined) yield last;
}

function unquoted(line: Buffer): Buffer {
  if (line[0] !== GT) return line;
  const at = line.findIndex((byte) => byte !== GT);
  return line.subarray(at, at + FROM.length).equals(FROM) ? line.subarray(1) : line;
}

class Message {
  readonly #maxBytes: number;
  #lines: Buffer[] | null = null;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  begin(): void {
    this.#lines = [];
    this.#bytes = 0;
  }

  add(line: Buffer): void {
    this.#bytes += line.length + 1;
    if (this.#bytes > this.#maxBytes) this.#lines = this.#lines === null ? null : [];
    else this.#lines?.push(line);
  }

  /** `undefined`: none was begun. */
  take(): Buffer | null | undefined {
    if (this.#lines === null) return undefined;
    if (this.#bytes > this.#maxBytes) return null;
    return Buffer.concat(this.#lines.flatMap((line) => [line, Buffer.of(LF)]));
  }
}

/** Lines without their LF. One longer than `maxBytes` comes in pieces, so that no file fills the memory. */
async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(LF, at); end >= 0; end = chunk.indexOf(LF, at)) {
      yield Buffer.concat([...begun, chunk.subarray(at, end)]);
      [begun, bytes, at] = [[], 0, end + 1];
    }
    if (at === chunk.length) continue;
    begun.push(Buffer.from(chunk.subarray(at)));
    bytes += chunk.length - at;
    if (bytes <= maxBytes) continue;
    yield Buffer.concat(begun);
    [begun, bytes] = [[], 0];
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}
