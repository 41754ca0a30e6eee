import { parentPort, workerData } from 'node:worker_threads';
import type { LetterContent } from '../../../domain/letters/content';
import { PartFault } from './compile';
import { letterEngine, type CompiledLetter } from './letter';
import {
  keepNewest,
  MAX_KEPT_CONTENTS,
  type Answer,
  type Asked,
  type ThreadData,
} from './messages';

/** Letters that are kept parsed: those of campaigns that are sent at the same time. */
const MAX_KEPT = 16;

const engine = letterEngine(given(workerData));
const contents = new Map<number, LetterContent>();
const compiled = new Map<number, CompiledLetter>();

parentPort?.on('message', (asked: Asked) => {
  // Also of a letter that is kept parsed: the other side counts this content as sent.
  if (asked.content !== null) {
    contents.set(asked.key, asked.content);
    keepNewest(contents, MAX_KEPT_CONTENTS);
  }
  parentPort?.postMessage(answerOf(asked));
});
parentPort?.postMessage({ kind: 'ready' } satisfies Answer);

function answerOf(asked: Asked): Answer {
  try {
    switch (asked.kind) {
      case 'check':
        return { kind: 'checked', problems: engine.check(contentOf(asked), asked.properties) };
      case 'needs':
        return { kind: 'needed', paths: engine.needs(contentOf(asked)) };
      case 'render':
        return { kind: 'rendered', letter: engine.render(letterOf(asked), asked.context) };
    }
  } catch (error) {
    if (error instanceof PartFault) return { kind: 'refused', problem: error.problem };
    throw error;
  }
}

function contentOf({ key }: Asked): LetterContent {
  const found = contents.get(key);
  if (found === undefined) throw new Error('This letter was not sent to the thread.');
  return found;
}

function letterOf(asked: Asked): CompiledLetter {
  const known = compiled.get(asked.key);
  if (known !== undefined) return known;
  const letter = engine.compile(contentOf(asked));
  compiled.set(asked.key, letter);
  keepNewest(compiled, MAX_KEPT);
  return letter;
}

/** What {@link ThreadData} says, without a schema: the thread is small because each command that renders starts one. */
function given(data: unknown): ThreadData {
  const from = typeof data === 'object' && data !== null ? data : {};
  const text = (of: object, name: string): string | null => {
    const value: unknown = Reflect.get(of, name);
    return typeof value === 'string' ? value : null;
  };
  const platform: unknown = Reflect.get(from, 'platform');
  const about = typeof platform === 'object' && platform !== null ? platform : {};
  return {
    platform: { name: text(about, 'name') ?? 'Rollcall', url: text(about, 'url') },
    timeZone: text(from, 'timeZone') ?? 'UTC',
  };
}
