/** What a key of a connection file is for, by its last two names or its last one. */
export const KEYS: Readonly<Record<string, string>> = {
  id: 'a short name for this system, such as ourHr',
  name: 'a name that people read',
  version: 'a whole number; raise it with each change',
  system: 'what kind of system this is',
  config: 'the settings that each source gives, or {}',
  secrets: 'the secrets that each source gives, or {}',
  baseUrl: 'the address of the API, such as https://hr.example.com/api',
  auth: 'how calls prove who they are',
  'auth.type': 'how calls prove who they are',
  limits: 'how many calls the system allows, or {}',
  reads: 'how people are read',
  full: 'the reads that together give everybody',
  map: 'which field of a record goes into which field of a user',
  deletion: 'how the system shows that a person is gone',
  'deletion.absence':
    'what it means that a person is not in a complete read, usually {"needs": "completeFull", "times": 2}',
  'absence.needs': 'which reads count, always completeFull',
  'absence.times': 'how many complete reads in a row, usually 2',
  'reads.one': 'how one person is asked for by id',
  request: 'method and path of the call',
  method: 'GET or POST',
  path: 'the path of the call after baseUrl, such as /people',
  'tombstone.path': 'the path of the value that says so',
  'soft.path': 'the path of the value that says so',
  'action.path': 'the path of the value that says so',
  'request.path': 'the path after baseUrl; it begins with /',
  records: 'where the list of people stands in the answer',
  'records.path': 'the path of the list in the answer, such as /data; "" is the whole body',
  page: 'how the system divides the list into pages',
  'page.type': 'how the system divides the list into pages',
  'page.start': 'the number of the first page, usually 1 (or 0)',
  'page.end': 'how the end of the list is recognized',
  'page.last':
    'where the answer gives the number of pages, such as /pages; with it the read stops there',
  'page.step': 'how the next offset is counted, usually rows',
  'page.size': 'how many people to ask for, such as {"in": "query", "name": "limit", "value": 100}',
  'page.maxPages': 'the read stops with a fault after this many pages; usually left out',
  'page.anchor':
    'true: Rollcall reads the row before each page again, so that nobody who moves between two pages is lost; it needs page.size and a list in a fixed order',
  'page.rel': 'the name of the link in the header, always next',
  'page.create': 'the call that starts the job',
  'page.id':
    'where the answer to page.create gives the id of the job; it is {job} in poll and fetch',
  'page.poll': 'the call that asks how the job is, with {job}',
  'page.pollMs': 'milliseconds between two polls, usually 5000',
  'page.state': 'where the answer to page.poll gives the state of the job, such as /status',
  'page.done': 'states of a job that is done, such as ["done"]',
  'page.failed': 'states of a job that failed, such as ["failed"]',
  'page.fetch': 'the call that gets the result, with {job}',
  'page.page': 'how the result is divided into pages, usually {"type": "none"}',
  'send.in': 'which part of the request carries the value, usually query',
  'send.name': 'the name of the parameter, such as page',
  'size.in': 'which part of the request carries the number, usually query',
  'size.name': 'the name of the parameter, such as limit',
  'size.value':
    'how many people to ask for, usually 100; the most that the system allows is fastest',
  'page.from': 'where the answer gives the next cursor or link, such as /next or header:x-next',
  'page.send': 'where the request carries the page, such as {"in": "query", "name": "page"}',
  send: 'where the request carries the value, such as {"in": "query", "name": "page"}',
  'page.endWhen': 'values in place of the next cursor or link that end the list, such as [-1]',
  'records.single': 'true where a list of one person comes as that person, without the list',
  'records.partial': 'true where a record may hold only the fields that changed',
  complete: 'what proves that the list is complete',
  'complete.by': 'what proves that the list is complete, usually both',
  'complete.total': 'the path of the total in the answer, such as /total',
  'map.key': 'the path of the id that the system gives to only one person, such as /id',
  'map.fields': 'which field of a record goes into which field of a user',
  'map.status': 'how the status of a person is read',
  'status.from': 'the path of the status in a record, such as /status',
  'status.active': 'the words for people who are active, such as ["active"]',
  'status.inactive': 'the words for people who are inactive, such as ["terminated"]',
  'status.unknown': 'what a status in none of the lists means, usually hold',
  from: 'the path of the value in a record, such as /work/email',
  about: 'what the person who fills it in has to know',
  kind: 'what may be filled in',
  since: 'how a read of changes says from when on it wants them',
  type: 'which kind it is',
  $schema: 'the address of the form, for editors',
  allowHosts: 'other hosts that links may lead to',
  headers: 'headers of every call',
  errors: 'what an error of the system means',
  changes: 'how changes are read',
  enrich: 'how the people behind ids are fetched',
};

/** What a value means, by `key:value`. */
export const CHOICES: Readonly<Record<string, string>> = {
  'page.type:none': 'everybody in one answer',
  'page.type:offset': 'an offset and a limit (?offset=200&limit=100)',
  'page.type:page': 'numbered pages (?page=2)',
  'page.type:cursor': 'the answer gives a cursor for the next request',
  'page.type:nextUrl': 'the answer gives the whole next link in its body',
  'page.type:linkHeader': 'the answer gives the next link in the header Link',
  'page.type:job': 'a job is created, polled until it is done, and its result fetched',
  'auth.type:bearer': 'a token in Authorization',
  'auth.type:basic': 'user and password',
  'auth.type:header': 'a key in a header of its own',
  'auth.type:oauth2': 'client id and secret, exchanged for a token',
  'auth.type:jwtBearer': 'a signed statement, exchanged for a token',
  'auth.type:exchange': 'a call of its own that gives a token',
  'auth.type:none': 'nothing',
  'system:hris': 'an HR system',
  'system:crm': 'a CRM',
  'system:directory': 'a directory of accounts',
  'end:empty': 'read on until a page has nobody',
  'end:short': 'a page with fewer people than asked for is the last one',
  'end:total': 'read on until the total is reached; give its path in complete.total',
  'end:last': 'the answer gives the number of the last page; give its path in page.last',
  'step:rows': 'by the rows that came',
  'step:size': 'by the rows that were asked for',
  'by:totalEquals': 'the number of rows equals the total of the system',
  'by:endSignal': 'the list came to its end; enough for cursors only',
  'by:both': 'total and end',
  'by:never': 'nothing does, so nobody is deactivated for missing from it',
  'unknown:hold': 'the row is an error',
  'unknown:keep': 'the status of the user stays',
  'absence:ignore': 'nothing',
};

/** The meaning of a value, by the name of its key (`page.end`); `undefined`: it needs no words. */
export function meaningOf(name: string, value: unknown): string | undefined {
  const last = name.split('.').at(-1) ?? name;
  return CHOICES[`${name}:${String(value)}`] ?? CHOICES[`${last}:${String(value)}`];
}

/** What a key is for and what each of its values means, as sentences. */
export function keyHelp(name: string, values: readonly string[] = []): string {
  const about = KEYS[name] ?? '';
  const meanings = values.flatMap((value) => {
    const meaning = meaningOf(name, value);
    return meaning === undefined ? [] : [` ${value}: ${meaning}.`];
  });
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}.${meanings.join('')}`;
}
