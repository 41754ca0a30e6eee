/** A list of 20 people, of whom those with these numbers are inactive. */
function people(inactive: readonly number[]): string {
  const rows = Array.from({ length: 20 }, (_, n) => {
    const status = inactive.includes(n) ? 'inactive' : 'active';
    return `E${String(n)},p${String(n)}@example.org,P${String(n)},${status},Sales,2024-03-01\n`;
  });
  return `code,email,last name,status,department,hire date\n${rows.join('')}`;
}

/** In each of the later ones six more are inactive than before: the gate holds more than five. */
export const FILES = {
  'staff.csv': people([]),
  'february.csv': people([0, 1, 2, 3, 4, 5]),
  'march.csv': people([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
} as const;

/** Imports, follows, approves, lists, meets a typed error; leaves a run held. */
export const COMMONJS_SCRIPT = `
import { Fault, Rollcall, type FaultCode, type FaultKind, type RunProgress, type RunState } from 'rollcall';

async function main(): Promise<void> {
  const rollcall = await Rollcall.connect();
  const states = new Set<RunState>();
  const onProgress = (state: RunState, { done }: RunProgress): void => {
    if (done >= 0) states.add(state);
  };
  const { runId } = await rollcall.imports.start({ source: 'hr', file: 'february.csv' });
  const { document: held } = await rollcall.runs.wait(runId, { onProgress });
  const gates = held.held.map(({ gate, count }) => gate + ' ' + String(count));
  await rollcall.runs.approve({ run: runId, reason: 'they left' });
  const { document: done } = await rollcall.runs.wait(runId, { onProgress });

  const gone: (string | null)[] = [];
  for await (const { code } of rollcall.users.all({ status: 'inactive', limit: 4 })) gone.push(code);

  const refused: [FaultKind, FaultCode][] = [];
  try {
    await rollcall.runs.approve({ run: runId });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    refused.push([error.kind, error.code]);
  }

  const march = await rollcall.imports.start({ source: 'hr', file: 'march.csv' });
  const { document: next } = await rollcall.runs.wait(march.runId);
  await rollcall.close();
  const seen = states.size > 0;
  console.log(JSON.stringify({ seen, held: held.state, gates, done: done.state, gone, refused, next: next.state }));
}
void main();
`;

/** Wrong use, each of which has to be an error: the declarations say more than \`any\`. */
export const WRONG_USE = `
import type { Fault, Rollcall, RunDocument } from 'rollcall';

declare const rollcall: Rollcall;
declare const fault: Fault;
declare const document: RunDocument;

export const wrong = async (): Promise<unknown[]> => [
  // @ts-expect-error: no such state
  document.state === 'finished',
  // @ts-expect-error: no such kind
  fault.kind === 'trouble',
  // @ts-expect-error: no such code
  fault.code === 'no_such_fil',
  // @ts-expect-error: the file is missing
  await rollcall.imports.start({ source: 'hr' }),
  // @ts-expect-error: no such option
  await rollcall.users.list({ where: 'x' }),
  // @ts-expect-error: not public
  rollcall.context,
];
`;
