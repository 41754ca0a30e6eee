import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NextResult } from '../../connectors/engine/results';
import { openReader } from '../../connectors/engine/engine';
import type { Answer, Call, Http } from '../../connectors/http/http';
import type { Connector } from '../../connectors/declaration/schema';
import { Fault } from '../../domain/faults';
import type { SourceRecord } from '../../domain/sources/sourceRow';
import { daysAt } from '../../domain/zones';
import { coverageOf, mapPerson, type MappedPerson } from './sourcePerson';
import { pretendedSettings } from '../../connectors/declaration/pretendedSettings';

/** The result of a declaration over pages that were saved as files. */
export interface Tried {
  /** Requests that it made, and the file that answered each. */
  readonly requests: readonly { readonly request: string; readonly file: string }[];
  readonly unused: readonly string[];
  readonly people: readonly MappedPerson[];
  readonly complete: boolean;
  /** Why the list proves nothing about who is missing; `null` when it does prove it. */
  readonly why: string | null;
  /** Mapped field → people who have it. */
  readonly coverage: Readonly<Record<string, number>>;
  readonly empty: readonly string[];
  readonly faulty: number;
}

const MAX_PAGES = 1_000;

/**
 * Makes a complete read by a declaration, from the `.json` files of a folder in the order of their
 * names: one for each call. Makes no call to the vendor and needs no credentials.
 */
export async function tryConnector(o: {
  readonly connector: Connector;
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
}): Promise<Tried> {
  // Tokens are not part of the trial, because no vendor receives them.
  const connector: Connector = { ...o.connector, auth: { type: 'none' } };
  const settings = pretendedSettings(connector, o.config, 'try FILE --pages DIR');
  const files = await pagesOf(o.folder);
  const requests: { request: string; file: string }[] = [];
  const http = filedHttp(o.folder, files, requests);
  const clock = (): number => Date.now();
  const reader = openReader({ ...settings, connector, http, clock, random: () => 0 });
  const records: SourceRecord[] = [];
  let state = reader.begin({ mode: 'full', cursor: null });
  for (let page = 0; page < MAX_PAGES; page++) {
    const next: NextResult = await reader.next(state);
    if (next.kind !== 'page') throw stopped(next.reason);
    records.push(...next.records);
    if (next.state !== null) {
      state = next.state;
      continue;
    }
    const { listing } = next;
    const people = records.map((record) => mapPerson(record, rulesOf()).person);
    const coverage = coverageOf(records, Object.keys(connector.map.fields));
    return {
      requests,
      unused: files.slice(requests.length),
      people,
      complete: listing?.complete ?? false,
      why: listing === null || listing.complete ? null : listing.why,
      coverage,
      empty: people.length === 0 ? [] : Object.keys(coverage).filter((f) => coverage[f] === 0),
      faulty: people.filter(({ faults }) => faults.length > 0).length,
    };
  }
  throw stopped('it asks for pages without an end');
}

async function pagesOf(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new Fault('not_found', {
      code: 'folder_not_found',
      message: `There is no folder ${folder} that could be read.`,
      next: 'Save answers of the system there, one JSON file for each page: 1.json, 2.json, …',
      cause,
    });
  }
  const byNumber = new Intl.Collator('en', { numeric: true });
  const pages = names.filter((name) => name.endsWith('.json')).sort(byNumber.compare);
  if (pages.length > 0) return pages;
  throw new Fault('usage', {
    code: 'no_pages',
    message: `${folder} holds no .json files.`,
    next: 'Save answers of the system there, one JSON file for each page: 1.json, 2.json, …',
  });
}

function filedHttp(
  folder: string,
  files: readonly string[],
  requests: { request: string; file: string }[],
): Http {
  return {
    call: async (call: Call): Promise<Answer> => {
      const request = `${call.method} ${call.url}`;
      const file = files[requests.length];
      if (file === undefined) throw noMore(request, folder);
      requests.push({ request, file });
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: await readFile(join(folder, file), 'utf8'),
        ms: 0,
      };
    },
    close: () => undefined,
  };
}

function noMore(request: string, folder: string): Fault {
  return new Fault('invalid', {
    code: 'page_not_saved',
    message: `The declaration asks for one page more than ${folder} holds: ${request}`,
    next: 'Save that page, too, or mend how the declaration sees the end of the list.',
  });
}

function stopped(reason: string): Fault {
  return new Fault('invalid', {
    code: 'pages_do_not_fit',
    message: `The saved pages cannot be read: ${reason.replaceAll('_', ' ')}`,
    next: 'Compare `records`, `page` and `errors` of the declaration with the files.',
  });
}

/** Only a store knows organizations and properties, so none is looked up here. */
function rulesOf() {
  return {
    organizations: new Map<string, string>(),
    properties: [],
    days: daysAt(new Date(), 'UTC'),
  };
}
