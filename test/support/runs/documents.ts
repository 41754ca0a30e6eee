import { wordedDocument } from '../../../client/words';
import { ROW_FAULT_CODES } from '../../../domain/files/rowFaults';
import { MESSAGE_CODES } from '../../../domain/runs/messageCodes';
import type { RunDocument } from '../../../domain/runs/runDocument';
import type { Db } from '../../../store/database/db';
import * as document from '../../../store/report/document';
import { failedRows } from '../../../store/report/messages';
import { wordFailedRow } from '../../../wording/messages';

/** The document of a run as the library gives it: with sentences. */
export async function runDocument(db: Pick<Db, 'pool'>, runId: string): Promise<RunDocument> {
  const run = wordedDocument(await document.runDocument(db, runId));
  for (const { code, message } of run.messages) {
    if (!CODES.has(code)) throw new Error(`${code} is no code of a message`);
    if (/undefined|\[object|NaN/.test(message)) throw new Error(`${code} says: ${message}`);
  }
  return run;
}

const CODES = new Set([...Object.keys(MESSAGE_CODES), ...Object.keys(ROW_FAULT_CODES)]);

/** Line → what is wrong with its row, as the file of failed rows has it. */
export async function failedLines(
  db: Pick<Db, 'pool'>,
  runId: string,
): Promise<Map<number, string>> {
  const lines = new Map<number, string>();
  for await (const row of failedRows(db, runId)) lines.set(row.line, wordFailedRow(row));
  return lines;
}
