import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { Rollcall } from '../client/rollcall';
import { DEFAULT_CSV_LIMITS } from '../connectors/csv/limits';
import { readCsv } from '../connectors/csv/read';

// node dist/bench/csv.js [--check] [rows …]: the CSV connector, from chunks to batches of staged rows
// (with --check: to what `import --check` reports), beside csv-parse reading the same file and doing
// nothing. Each in turn, three times; the best counts.

const CHUNK_BYTES = 1024 ** 2;
const ROUNDS = 3;
const DEPARTMENTS = ['Development', 'Production', 'Human Resources', 'Research', 'Sales'];
const TITLES = ['Engineer', 'Senior Engineer', 'Staff', 'Technique Leader', 'Assistant Engineer'];
const NAMES = ['Georgi', 'Chirstian', 'Kyoichi', 'Tzvetan', 'Anneke', 'Saniya', 'Mary', 'Patricio'];
const SHAPES = {
  plain: (cells: readonly string[]) => cells.join(','),
  'some quoted': (cells: readonly string[], row: number) =>
    cells.map((cell, i) => (i === 4 && row % 20 === 0 ? `"${cell}, acting"` : cell)).join(','),
  'all quoted': (cells: readonly string[]) => cells.map((cell) => `"${cell}"`).join(','),
} as const;
type Shape = keyof typeof SHAPES;
const HEADER =
  'employee_id,first_name,last_name,email,job_title,department,manager_id,hire_date,leave_date,status\n';

function pick(words: readonly string[], n: number): string {
  return words[n % words.length] ?? '';
}

/** A file of people of the given size, ten columns, about 88 bytes a row. */
function writeFile(path: string, rows: number, shape: Shape): void {
  const file = openSync(path, 'w');
  let text = HEADER;
  for (let row = 0; row < rows; row++) {
    const id = String(10_000 + row);
    const [first, last] = [pick(NAMES, row), pick(NAMES, row * 7 + 3)];
    const day = String(1 + (row % 28)).padStart(2, '0');
    const hired = `19${String(70 + (row % 30))}-0${String(1 + (row % 9))}-${day}`;
    const manager = row % 10 === 0 ? '' : String(10_000 + (row % 97));
    const mail = `${first}.${last}.${id}@staff.example`;
    const [title, department] = [pick(TITLES, row), pick(DEPARTMENTS, row)];
    const status = row % 30 === 0 ? 'inactive' : 'active';
    const cells = [id, first, last, mail, title, department, manager, hired, '', status];
    text += `${SHAPES[shape](cells, row)}\n`;
    if (text.length > CHUNK_BYTES) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
}

async function bare(path: string): Promise<number> {
  let rows = -1;
  const chunks = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  for await (const _ of chunks.pipe(parse())) rows++;
  return rows;
}

async function connector(path: string): Promise<number> {
  let rows = 0;
  const read = await readCsv({
    chunks: createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    name: path,
    options: {
      dryRun: false,
      missing: 'ignore',
      blank: 'keep',
      create: true,
      update: 'all',
      ignoreUnknown: false,
    },
    organizations: new Map(),
    properties: [],
    limits: DEFAULT_CSV_LIMITS,
  });
  for await (const batch of read.batches) rows += batch.length;
  return rows;
}

async function checked(path: string): Promise<number> {
  const { imports } = await Rollcall.offline();
  return (await imports.check({ file: path })).rows;
}

interface Cost {
  readonly wall: number;
  /**
   * CPU time of all threads, garbage collection included; fairer on a busy machine than elapsed
   * time.
   */
  readonly cpu: number;
}

const NOTHING_YET: Cost = { wall: Infinity, cpu: Infinity };

/** The smaller of the best cost so far and the seconds that the work takes this time. */
async function seconds(best: Cost, rows: number, work: () => Promise<number>): Promise<Cost> {
  const [start, before] = [process.hrtime.bigint(), process.cpuUsage()];
  const read = await work();
  if (read !== rows) throw new Error(`read ${String(read)} rows of ${String(rows)}`);
  const { user, system } = process.cpuUsage(before);
  return {
    wall: Math.min(best.wall, Number(process.hrtime.bigint() - start) / 1e9),
    cpu: Math.min(best.cpu, (user + system) / 1e6),
  };
}

interface Work {
  readonly what: string;
  readonly read: (path: string) => Promise<number>;
}

async function measure(
  folder: string,
  o: { readonly rows: number; readonly shape: Shape; readonly work: Work },
): Promise<void> {
  const { rows, shape, work } = o;
  const path = join(folder, 'people.csv');
  writeFile(path, rows, shape);
  const peak = { rss: 0 };
  let [alone, ours] = [NOTHING_YET, NOTHING_YET];
  const watch = setInterval(() => {
    peak.rss = Math.max(peak.rss, process.memoryUsage.rss());
  }, 20);
  for (let round = 0; round < ROUNDS; round++) {
    ours = await seconds(ours, rows, () => work.read(path));
    // Read before csv-parse's objects count in it.
    if (round === 0) console.log(`peak RSS ${String(Math.round(peak.rss / 2 ** 20))} MB`);
    alone = await seconds(alone, rows, () => bare(path));
  }
  clearInterval(watch);
  for (const kind of ['wall', 'cpu'] as const) {
    console.log(
      `${rows.toLocaleString('en')} rows, ${shape}, ${kind}: csv-parse alone ` +
        `${alone[kind].toFixed(2)} s, ${work.what} ${ours[kind].toFixed(2)} s = ` +
        `${(ours[kind] / alone[kind]).toFixed(2)} ×`,
    );
  }
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const work = args.includes('--check')
    ? { what: 'checked', read: checked }
    : { what: 'to staged rows', read: connector };
  const sizes = args.filter((arg) => arg !== '--check').map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  try {
    for (const rows of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) {
      for (const shape of ['plain', 'some quoted', 'all quoted'] as const) {
        await measure(folder, { rows, shape, work });
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
