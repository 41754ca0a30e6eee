import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NextResult } from '../../connectors/engine/results';
import { openReader } from '../../connectors/engine/engine';
import type { Answer, Call, Http } from '../../connectors/http/http';
import type { PageState } from '../../connectors/engine/state';
import { partsOf } from '../../connectors/declaration/parts';
import type { Connector } from '../../connectors/declaration/schema';
import { Fault } from '../../domain/faults';
import { layOver } from '../../domain/sources/parts';
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
/** A longer place in the list is no word for its end. */
const MAX_WORD = 12;

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
  const connector: Connector = {
    ...o.connector,
    auth: { type: 'none' },
    // A saved answer stays as it is, so that asking again shows nothing new.
    limits: { ...o.connector.limits, maxTries: 1 },
  };
  const settings = pretendedSettings(connector, o.config, 'try FILE --pages DIR');
  const files = await pagesOf(o.folder);
  const requests: { request: string; file: string }[] = [];
  const http = filedHttp(o.folder, { files, requests, place: () => placeOf(connector, state) });
  const clock = (): number => Date.now();
  const reader = openReader({ ...settings, connector, http, clock, random: () => 0 });
  const records: SourceRecord[] = [];
  let state = reader.begin({ mode: 'full', cursor: null });
  const parts = partsOf(connector, 'full');
  for (let page = 0; page < MAX_PAGES; page++) {
    const next: NextResult = await reader.next(state);
    if (next.kind !== 'page') throw stopped(next.reason);
    records.push(...next.records);
    if (next.state !== null) {
      state = next.state;
      continue;
    }
    const { listing } = next;
    const whole = parts === null ? records : layOver(records, parts.required);
    const people = whole.map((record) => mapPerson(record, rulesOf()).person);
    const coverage = coverageOf(whole, Object.keys(connector.map.fields));
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

interface Filed {
  readonly files: readonly string[];
  readonly requests: { request: string; file: string }[];
  /** Where the list goes on, as the page before said. */
  readonly place: () => Place | null;
}

interface Place {
  readonly token: string;
  /** Where that stood in the answer. */
  readonly from: string;
}

/** `null`: the list is at its beginning, or goes on by numbers. */
function placeOf({ reads }: Connector, { read, place }: PageState): Place | null {
  const page = reads.full[read]?.page;
  const isNamed = page?.type === 'cursor' || page?.type === 'nextUrl';
  return isNamed && place.token !== null ? { token: place.token, from: page.from } : null;
}

function filedHttp(folder: string, { files, requests, place }: Filed): Http {
  return {
    call: async (call: Call): Promise<Answer> => {
      const request = `${call.method} ${call.url}`;
      const file = files[requests.length];
      if (file === undefined)
        throw noMore(request, { folder, place: place(), before: files.at(-1) ?? '' });
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

function noMore(
  request: string,
  o: { readonly folder: string; readonly place: Place | null; readonly before: string },
): Fault {
  const message = `The declaration asks for one page more than ${o.folder} holds: ${request}`;
  const next = 'Save that page, too, or mend how the declaration sees the end of the list.';
  if (o.place === null || o.place.token.length > MAX_WORD) {
    return new Fault('invalid', { code: 'page_not_saved', message, next });
  }
  const { token, from } = o.place;
  const value = /^-?\d{1,15}$/.test(token) ? token : JSON.stringify(token);
  return new Fault('invalid', {
    code: 'page_not_saved',
    message: `${message} (${o.before} has ${value} at ${from})`,
    next: `If ${value} means that the list has ended, add "endWhen": [${value}] to page. Else save that page, too.`,
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
