import { machine, outcomeOf } from '../../printed';
import { readBack, type FuzzedResult } from './read';
import { openPython, readByMailparser, type Reader } from './readers';

/** Makes letters of fuzzed names, subjects and templates and reads them back; returns the exit code. */
export async function fuzzLetters(o: {
  readonly trials: number;
  readonly from: number;
  readonly seed: number;
}): Promise<number> {
  const startedAt = Date.now();
  const python = await openPython();
  const readers = new Map<string, Reader>([
    ['mailparser', readByMailparser],
    ...(python === undefined ? [] : [['Python', python.read] as const]),
  ]);
  const results: FuzzedResult[] = [];
  try {
    for (let n = o.from; n < o.from + o.trials; n += 1) {
      const result = await readBack({ seed: o.seed, n, readers });
      results.push(result);
      if (result.wrong.length > 0)
        process.stderr.write(`letter ${String(n)}: ${outcomeOf(result.wrong)}\n`);
    }
  } finally {
    python?.close();
  }
  const wrong = results.filter((result) => result.wrong.length > 0).length;
  const count = (holds: (result: FuzzedResult) => boolean): string =>
    results.filter(holds).length.toLocaleString('en');
  const megabytes = results.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(
    [
      `${count(() => true)} letters, ${megabytes.toFixed(1)} MB; larger than a letter may be: ${count(({ tooLarge }) => tooLarge)}`,
      `read by mailparser and ${python === undefined ? 'not by Python, which is not here' : python.version}`,
      `not equal, or with another header: ${String(wrong)}`,
      `seed ${String(o.seed)} · ${machine()} · ${seconds} s`,
      '',
    ].join('\n'),
  );
  return wrong > 0 ? 1 : 0;
}
