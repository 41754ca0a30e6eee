import { codeOf } from '../domain/passing';

const MAX_FRAMES = 6;

/**
 * What a log may hold about an error: its name, its code and the place in the program. Leaves out
 * its message and its other properties, because databases quote people's values in them.
 */
export function publicFailure(error: unknown): {
  readonly error: string;
  readonly errorCode: string;
  readonly at: readonly string[];
} {
  return {
    error: error instanceof Error ? error.name : typeof error,
    errorCode: codeOf(error),
    at: placeOf(error),
  };
}

/** The frames of a stack without the message before them, which may look like frames. */
function placeOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const { stack, message } = error;
  const at = stack.indexOf(message);
  if (at < 0) return [];
  const lines = stack.slice(at + message.length).split('\n');
  const frames = lines.filter((line) => /^\s+at .+:\d+:\d+\)?$/.test(line));
  return frames.slice(0, MAX_FRAMES).map((line) => line.trim());
}
