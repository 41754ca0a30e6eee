import { Client } from 'pg';
import type { WordedRun } from '../../cli/documents';
import type { Ended, TestStack } from '../support/stack';

/** A command that was run, with the run document that it printed. */
export interface PrintedRun extends Ended {
  readonly run: WordedRun;
}

/** Runs a command under --json that prints a run document. */
export async function printRun(stack: TestStack, ...args: readonly string[]): Promise<PrintedRun> {
  const done = await stack.run(...args, '--json');
  try {
    return { ...done, run: JSON.parse(done.stdout) };
  } catch {
    throw new Error(`no document: ${done.stdout}${done.stderr}`);
  }
}

/** Runs a command with `--json`: its exit code and its document. */
export async function printJson(
  stack: TestStack,
  ...args: readonly string[]
): Promise<{ readonly exit: number; readonly document: Record<string, unknown> }> {
  const { exit, stdout, stderr } = await stack.run(...args, '--json');
  if (!stdout.startsWith('{')) throw new Error(stdout + stderr);
  return { exit: exit ?? -1, document: JSON.parse(stdout) };
}

/** Queries the stack's database. */
export async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The id of a run's workflow. */
export async function workflowOf(url: string, runId: string): Promise<string> {
  const [run] = await ask<{ id: string }>(
    url,
    `select workflow_id as id from run where id = '${runId}'`,
  );
  return run?.id ?? '';
}

/** The queue of runs of a store. */
export async function queueOf(url: string): Promise<string> {
  const [row] = await ask<{ id: string }>(url, 'select id from installation');
  return `runs-${row?.id ?? ''}`;
}

/** Every user, with all fields that a source can set, in the order of ids. */
export async function people(url: string): Promise<Record<string, unknown>[]> {
  return ask(
    url,
    `select id, code, login, email, first_name, last_name, display_name, status, organization_id,
       job_title, department, location, manager_id, phone, hire_date::text, leave_date::text,
       (select jsonb_agg(jsonb_build_array(source_id, external_id) order by external_id)
        from identity i where i.user_id = u.id) as identities
     from "user" u order by id`,
  );
}

/**
 * The version of every row as the database keeps it: grows with any write, even of equal values.
 */
export async function rowVersions(url: string): Promise<unknown> {
  return ask(url, `select md5(string_agg(id || xmin::text, ',' order by id)) from "user"`);
}
