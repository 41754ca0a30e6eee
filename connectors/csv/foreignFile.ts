import type { FaultCode } from '../../domain/faultCodes';
import { refusal } from './refusals';

/** Bytes that {@link refuseForeignFile} needs: a tar archive has its name at offset 257. */
export const SNIFF_BYTES = 1024;

const SAVE_AS_CSV = 'Open it in a spreadsheet and save the sheet as CSV (UTF-8).';
const UNPACK = 'Unpack it and import the CSV file inside.';

interface Magic {
  readonly bytes: string;
  readonly at?: number;
  readonly code: FaultCode;
  readonly what: string;
  readonly next: string;
}

const MAGICS: readonly Magic[] = [
  { bytes: '\x1f\x8b', code: 'archive', what: 'a gzip archive', next: UNPACK },
  { bytes: 'BZh', code: 'archive', what: 'a bzip2 archive', next: UNPACK },
  { bytes: '\xfd7zXZ\0', code: 'archive', what: 'an xz archive', next: UNPACK },
  { bytes: '7z\xbc\xaf\x27\x1c', code: 'archive', what: 'a 7z archive', next: UNPACK },
  { bytes: 'Rar!\x1a\x07', code: 'archive', what: 'a RAR archive', next: UNPACK },
  { bytes: '\x28\xb5\x2f\xfd', code: 'archive', what: 'a Zstandard archive', next: UNPACK },
  { bytes: 'ustar', at: 257, code: 'archive', what: 'a tar archive', next: UNPACK },
  {
    bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    code: 'workbook',
    what: 'a workbook of an old spreadsheet (xls)',
    next: SAVE_AS_CSV,
  },
  { bytes: '%PDF-', code: 'pdf', what: 'a PDF', next: 'Export the list itself as CSV.' },
  { bytes: '{\\rtf', code: 'document', what: 'a text document (RTF)', next: SAVE_AS_CSV },
  { bytes: '\x89PNG', code: 'document', what: 'a picture', next: 'Export the list itself as CSV.' },
];

/**
 * Refuses by its first bytes what is plainly no CSV, whatever the file's name says.
 *
 * @throws Fault `refused_file`: `archive`, `workbook`, `pdf`, `html`, `xml`, `json`, `document`.
 */
export function refuseForeignFile(name: string, start: Buffer): void {
  const head = start.toString('latin1');
  const magic = MAGICS.find(({ bytes, at = 0 }) => head.startsWith(bytes, at));
  const found = magic ?? zipKind(head) ?? markupKind(head);
  if (found === undefined) return;
  throw refusal(found.code, `${name} is ${found.what}, not CSV.`, found.next);
}

function zipKind(head: string): Omit<Magic, 'bytes'> | undefined {
  if (!['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'].some((magic) => head.startsWith(magic))) {
    return undefined;
  }
  // Office files are zip archives whose first members show what they are.
  return /\[Content_Types\]\.xml|xl\/|mimetypeapplication\/vnd\.oasis/.test(head)
    ? { code: 'workbook', what: 'a workbook (xlsx, ods)', next: SAVE_AS_CSV }
    : { code: 'archive', what: 'a zip archive', next: UNPACK };
}

function markupKind(head: string): Omit<Magic, 'bytes'> | undefined {
  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (/^(<!doctype html|<html|<head|<body|<table|<!--)/.test(text)) {
    return {
      code: 'html',
      what: 'a web page (HTML)',
      next: 'It may be a sign-in or error page saved in place of the file: download it again.',
    };
  }
  if (text.startsWith('<?xml')) {
    return { code: 'xml', what: 'XML', next: 'Export the list as CSV.' };
  }
  if (/^(\{\s*"|\[\s*[{[])/.test(text)) {
    return { code: 'json', what: 'JSON', next: 'Export the list as CSV.' };
  }
  return undefined;
}
