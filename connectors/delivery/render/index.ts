import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../../domain/faults';
import type { LetterContent, LetterContext, RenderedLetter } from '../../../domain/letters/content';
import { keepNewest, MAX_KEPT_CONTENTS, type Answer, type Ask, type Asked } from './messages';
import type { Platform, Problem } from './problem';

export type { Platform, Problem, ProblemCode } from './problem';

export interface RendererOptions {
  readonly platform?: Platform;
  /** For instants that a letter shows; UTC unless given. */
  readonly timeZone?: string;
  /** For tests: how long the thread may take for one answer. */
  readonly hardLimitMs?: number;
}

/** Renders letters in a thread of its own: no template keeps the event loop from its work. */
export interface Renderer {
  /**
   * What is wrong with a letter; empty: it can be saved and sent. `properties`: the declared ones; any where
   * they are not given.
   */
  check(
    content: LetterContent,
    o?: { readonly properties?: readonly string[] },
  ): Promise<readonly Problem[]>;
  /**
   * Paths that have neither a default nor an `if` or `default` around them, so that a gap is left where a
   * person has no value: `user.firstName`. @throws Fault as render does
   */
  needs(content: LetterContent): Promise<readonly string[]>;
  /**
   * The letter for one person. Cheap for the same content object again; may be called for many people at
   * once. @throws Fault usage: `render_failed`, `render_limit`, with the `problem` as detail
   */
  render(content: LetterContent, context: LetterContext): Promise<RenderedLetter>;
  close(): Promise<void>;
}

/** An answer takes this long at most, of a thread that is ready: then the thread is ended and begun again. */
const HARD_LIMIT_MS = 5_000;
/** LiquidJS measures by the clock: on a machine that is busy elsewhere a good letter may exceed its limit. */
const MAX_TRIES = 3;
const MEMORY = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

interface Waiting {
  readonly ask: Ask;
  readonly settle: (answer: Answer | Error) => void;
}

/** Opens the thread with the first letter. Close it. */
export function openRenderer(options: RendererOptions = {}): Renderer {
  const thread = new Thread(options);
  const ask = async (work: Ask): Promise<Answer> => {
    for (let tries = 1; ; tries++) {
      const answer = await thread.ask(work);
      if (answer.kind !== 'refused') return answer;
      const isLimit = answer.problem.code === 'template_limit' && work.kind === 'render';
      if (!isLimit || tries >= MAX_TRIES) return answer;
    }
  };
  return {
    check: async (content, { properties } = {}) => {
      const answer = await ask({ kind: 'check', content, properties: properties ?? null });
      return answer.kind === 'checked' ? answer.problems : [];
    },
    needs: async (content) => {
      const answer = await ask({ kind: 'needs', content });
      if (answer.kind === 'refused') throw refused(answer.problem);
      return answer.kind === 'needed' ? answer.paths : [];
    },
    render: async (content, context) => {
      const answer = await ask({ kind: 'render', content, context });
      if (answer.kind === 'rendered') return answer.letter;
      throw answer.kind === 'refused' ? refused(answer.problem) : new Error(answer.kind);
    },
    close: () => thread.close(),
  };
}

/** Names the place alone, because what a letter says about a person does not belong in a message or a log. */
function refused(problem: Problem): Fault {
  const { part, line, column, code } = problem;
  const isLimit = code === 'template_limit';
  return new Fault('usage', {
    code: isLimit ? 'render_limit' : 'render_failed',
    message: isLimit
      ? `The ${part} of the letter takes more than a letter may: it is too large, or it repeats too much.`
      : `The ${part} of the letter cannot be rendered (line ${String(line)}, column ${String(column)}).`,
    details: { problem: { part, line, column, code } },
  });
}

/** One thread, which answers in the order in which it is asked. */
class Thread {
  readonly #options: RendererOptions;
  #worker: Worker | null = null;
  #ready = false;
  #closed = false;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #contents = new WeakMap<LetterContent, number>();
  #sent = new Set<number>();
  #lastContent = 0;

  constructor(options: RendererOptions) {
    this.#options = options;
  }

  ask(ask: Ask): Promise<Answer> {
    if (this.#closed) throw new Error('The renderer is closed.');
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer | Error): void => {
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      this.#send({ ask, settle });
      if (this.#waiting.length === 1) this.#watch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    for (const { settle } of this.#waiting.splice(0)) settle(ended());
  }

  /**
   * Gives it to the thread. It waits only once the thread has it: otherwise the answer to the next one would be
   * taken for its own.
   */
  #send(waiting: Waiting): void {
    try {
      this.#post(waiting);
      this.#waiting.push(waiting);
    } catch (error) {
      waiting.settle(new Error('A letter cannot be given to its thread.', { cause: error }));
    }
  }

  #post({ ask }: Waiting): void {
    const worker = this.#started();
    worker.ref();
    const { content, ...rest } = ask;
    const key = this.#contents.get(content) ?? ++this.#lastContent;
    this.#contents.set(content, key);
    const asked: Asked = { ...rest, key, content: this.#sent.has(key) ? null : content };
    worker.postMessage(asked);
    if (asked.content === null) return;
    this.#sent.add(key);
    keepNewest(this.#sent, MAX_KEPT_CONTENTS);
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    const { platform = { name: 'Rollcall', url: null }, timeZone = 'UTC' } = this.#options;
    const worker = new Worker(script(), {
      workerData: { platform, timeZone },
      resourceLimits: MEMORY,
      // Nothing of the environment is a template's business.
      env: {},
    });
    this.#worker = worker;
    this.#ready = false;
    this.#sent = new Set();
    worker.on('message', (answer: Answer) => {
      if (worker === this.#worker) this.#take(answer);
    });
    // Out of memory, or a fault of the thread itself: the letter that it had is refused.
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#restart(error);
    });
    return worker;
  }

  #take(answer: Answer): void {
    if (answer.kind === 'ready') {
      this.#ready = true;
    } else {
      this.#waiting.shift()?.settle(answer);
    }
    this.#watch();
  }

  /** Watches the answer that is next. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) {
      // A renderer that was not closed does not keep the process.
      this.#worker?.unref();
      return;
    }
    if (!this.#ready) return;
    this.#timer = setTimeout(() => {
      this.#restart();
    }, this.#options.hardLimitMs ?? HARD_LIMIT_MS);
  }

  /**
   * Refuses the letter that the thread had, and gives the others to a new thread. A thread that does not even
   * start had none: then no letter is at fault, and none is refused.
   */
  #restart(error?: Error): void {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
    const waiting = this.#waiting.splice(0);
    if (!this.#ready && error !== undefined) {
      const cause = new Error('The thread that renders letters does not start.', { cause: error });
      for (const { settle } of waiting) settle(cause);
      return;
    }
    const [stuck, ...others] = waiting;
    stuck?.settle({
      kind: stuck.ask.kind === 'check' ? 'checked' : 'refused',
      problem: TOO_MUCH,
      problems: [TOO_MUCH],
    });
    if (this.#closed) return;
    for (const other of others) this.#send(other);
    this.#watch();
  }
}

const TOO_MUCH: Problem = { part: 'text', line: 1, column: 1, code: 'template_limit', facts: {} };

function ended(): Fault {
  return new Fault('cancelled', { code: 'interrupted', message: 'The renderer was closed.' });
}

/** The compiled script beside this file; a test, which runs the source, takes it from `dist`. */
function script(): string {
  const parts = ['connectors', 'delivery', 'render', 'thread.js'];
  const own = join(__dirname, 'thread.js');
  if (existsSync(own)) return own;
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const built = join(folder, 'dist', ...parts);
    if (existsSync(built)) return built;
    if (folder === dirname(folder))
      throw new Error('The thread that renders letters is not built.');
  }
}
