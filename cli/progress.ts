import type { SingleBar } from 'cli-progress';
import type { RunState } from '../domain/runs/run';
import type { Call } from './command';

/** How far something is; `total` is null while it is not known. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number | null;
}

export interface ProgressBar {
  readonly show: (state: RunState, progress: Progress) => void;
  /** Safe to call twice. */
  stop(): void;
}

interface State {
  bar: SingleBar | undefined;
  loading: Promise<void> | undefined;
  stopped: boolean;
}

const SILENT: ProgressBar = { show: () => undefined, stop: () => undefined };

/** A progress bar on stderr: on a terminal only, and not under `--quiet`. */
export function progressBar(call: Call): ProgressBar {
  const { io, options } = call;
  if (!io.terminal.error || options.flag('quiet')) return SILENT;
  const state: State = { bar: undefined, loading: undefined, stopped: false };
  const load = async (): Promise<void> => {
    const { SingleBar: Bar } = await import('cli-progress');
    if (state.stopped) return;
    const color = io.env['NO_COLOR'] === undefined || io.env['NO_COLOR'] === '';
    const filled = color ? '\u001b[36m{bar}\u001b[0m' : '{bar}';
    state.bar = new Bar({
      stream: process.stderr,
      format: `{phase} ${filled} {shown}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    });
    state.bar.start(1, 0, { phase: 'waiting '.padEnd(10), shown: '' });
  };
  return {
    show(run, progress) {
      state.loading ??= load();
      if (state.bar === undefined) return;
      const { done, total } = progress;
      state.bar.setTotal(total ?? Math.max(done, 1));
      const shown = total === null ? String(done) : `${String(done)} of ${String(total)}`;
      const phase = (run === 'running' ? progress.phase : run).padEnd(10);
      state.bar.update(total === null ? 0 : done, {
        phase,
        shown: done === 0 && total === null ? '' : shown,
      });
    },
    stop() {
      state.stopped = true;
      state.bar?.stop();
      state.bar = undefined;
    },
  };
}
