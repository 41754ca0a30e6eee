import type { PageDeclaration } from '../pages';
import { isPath } from '../path';
import type { ChangesDeclaration, Connector, MapDeclaration, ReadDeclaration } from '../schema';
import { references, textsOf } from '../template';
import type { DeclarationFault } from './fault';
import { fault } from './fault';

/** Checks that reads end, can be proved complete, and say where the next one continues. */
export function checkReads(connector: Connector): DeclarationFault[] {
  const { map } = connector;
  const { full, changes } = connector.reads;
  return [
    ...full.flatMap((read, i) => {
      const path = `/reads/full/${String(i)}`;
      return [...readFaults(read, path), ...partFaults(read, { path, map })];
    }),
    ...(changes === undefined
      ? []
      : [
          ...readFaults(changes, '/reads/changes'),
          ...partFaults(changes, { path: '/reads/changes', map }),
        ]),
    ...(changes === undefined ? [] : sinceFaults(changes)),
    ...names(connector),
    ...absence(connector),
    ...pathFaults(connector),
    ...patternFaults(connector),
  ];
}

function readFaults(read: ReadDeclaration, path: string): DeclarationFault[] {
  const { page, complete } = read;
  const faults: DeclarationFault[] = [];
  const counts = complete.by === 'totalEquals' || complete.by === 'both';
  if (counts && complete.total === undefined) {
    const message = 'A total proves the list complete, but complete.total is missing.';
    faults.push(
      fault(
        `${path}/complete/total`,
        'no_total',
        message,
        'Give the path of the total in the answer, such as /total.',
      ),
    );
  }
  const direct = page.type === 'job' ? page.page : page;
  if ((direct.type === 'offset' || direct.type === 'page') && complete.by === 'endSignal') {
    const message =
      'Without a total, people who move from one numbered page to another during the read are lost unnoticed.';
    const next = 'Write "by": "totalEquals" or "both", or "never".';
    faults.push(fault(`${path}/complete/by`, 'weak_proof', message, next));
  }
  if (direct.type === 'offset' && direct.end === 'total' && complete.total === undefined) {
    const message = 'The list ends at a total, but complete.total is missing.';
    faults.push(
      fault(
        `${path}/complete/total`,
        'no_total',
        message,
        'Give the path of the total in the answer, such as /total.',
      ),
    );
  }
  if (direct.type === 'page' && direct.end === 'last' && direct.last === undefined) {
    const message = 'The list ends at the last page, but page.last is missing.';
    faults.push(
      fault(
        `${path}/page/last`,
        'no_last_page',
        message,
        'Give the path of the last page in the answer, or write "end": "empty".',
      ),
    );
  }
  if ((direct.type === 'offset' || direct.type === 'page') && direct.anchor && !direct.size) {
    const message = 'The anchor asks for one row by page.size, but page.size is missing.';
    faults.push(fault(`${path}/page/size`, 'no_size', message, 'Add page.size.'));
  }
  if (direct.type === 'offset' && direct.step === 'size' && !direct.size) {
    const message = 'The list steps by page.size, but page.size is missing.';
    faults.push(fault(`${path}/page/size`, 'no_size', message, 'Add page.size.'));
  }
  if (read.records.single === true && read.records.as === 'objectValues') {
    const message = 'An object of people and a single person cannot be told apart.';
    const next = 'Remove records.single.';
    faults.push(fault(`${path}/records/single`, 'single_of_values', message, next));
  }
  return [...faults, ...bodyFaults(read, page, path)];
}

/** A first or last day and a status are judged together, so they have to come together. */
function partFaults(
  read: ReadDeclaration,
  { path, map }: { readonly path: string; readonly map: MapDeclaration },
): DeclarationFault[] {
  const { effective } = read.map ?? map;
  if (read.records.partial !== true || effective === undefined) return [];
  const message =
    'A record that holds only what changed does not have status, first day and last day together.';
  const next = 'Add "enrich" with "key", which fetches each person whole, or remove map.effective.';
  return [fault(`${path}/records/partial`, 'days_in_parts', message, next)];
}

function bodyFaults(
  read: ReadDeclaration,
  page: PageDeclaration,
  path: string,
): DeclarationFault[] {
  const { request } = read;
  const faults: DeclarationFault[] = [];
  const direct = page.type === 'job' ? page.page : page;
  const sends = [direct.size, 'send' in direct ? direct.send : undefined];
  if (request.json !== undefined && request.form !== undefined) {
    const message = 'A request has one body: json or form.';
    faults.push(fault(`${path}/request`, 'two_bodies', message, 'Remove one of them.'));
  }
  if (request.method === 'GET' && (request.json ?? request.form) !== undefined) {
    const message = 'A GET request has no body.';
    faults.push(fault(`${path}/request/method`, 'body_in_get', message, 'Write "method": "POST".'));
  }
  if (
    request.method === 'GET' &&
    page.type !== 'job' &&
    sends.some((send) => send?.in === 'body')
  ) {
    const message = 'The page is sent in the body, but a GET request has no body.';
    faults.push(fault(`${path}/page`, 'body_in_get', message, 'Send it in the query.'));
  }
  if (!/^(\/|$|\{config\.)/.test(request.path)) {
    const message = 'A path begins with / and is appended to baseUrl.';
    faults.push(fault(`${path}/request/path`, 'bad_path', message, 'Begin it with /.'));
  }
  return faults;
}

function sinceFaults(changes: ChangesDeclaration): DeclarationFault[] {
  const { since } = changes;
  const faults: DeclarationFault[] = [];
  const inTemplate = textsOf(changes.request).some(({ text }) =>
    references(text).some(({ kind, name }) => kind === 'var' && name === 'since'),
  );
  if (since.type === 'time' || since.type === 'ids') {
    const ways = Number(inTemplate) + Number(since.send !== undefined);
    if (ways !== 1) {
      const message =
        ways === 0 ? 'Nothing sends the time of the last read.' : 'The time is sent twice.';
      const next = 'Either since.send, or one {since} in the request.';
      faults.push(fault('/reads/changes/since/send', 'since_once', message, next));
    }
  } else if (inTemplate) {
    const message = `A ${since.type} says itself where it continues, so {since} has no value here.`;
    faults.push(fault('/reads/changes/request', 'since_once', message, 'Remove {since}.'));
  }
  if ((since.type === 'ids' || since.type === 'feed') && changes.enrich === undefined) {
    const message = 'The changes are only ids, and nothing fetches the people.';
    const next = 'Add "enrich": {"request": …{id}…, "key": …}.';
    faults.push(fault('/reads/changes/enrich', 'no_details', message, next));
  }
  if (since.type === 'time' && since.split !== undefined && since.field === undefined) {
    const message = 'A read that is split by time needs the record’s time.';
    faults.push(fault('/reads/changes/since/field', 'no_field', message, 'Name its path.'));
  }
  if (since.type === 'time' && changes.ceiling !== undefined && since.split === undefined) {
    const message = `Only the first ${String(changes.ceiling)} changes would ever be read.`;
    faults.push(fault('/reads/changes/ceiling', 'unsplit', message, 'Add since.split.'));
  }
  return faults;
}

function names(connector: Connector): DeclarationFault[] {
  const seen = new Set<string>();
  return connector.reads.full.flatMap(({ name }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = `Two reads are named ${name}.`;
    return [fault(`/reads/full/${String(i)}/name`, 'repeated_name', message, 'Rename one.')];
  });
}

function absence(connector: Connector): DeclarationFault[] {
  const faults: DeclarationFault[] = [];
  const unproved = connector.reads.full.findIndex(({ complete }) => complete.by === 'never');
  if (connector.deletion.absence !== 'ignore' && unproved >= 0) {
    const message = 'Absence needs reads that are proved complete, but this read never is.';
    const next = 'Write how it is proved complete, or "absence": "ignore".';
    faults.push(fault(`/reads/full/${String(unproved)}/complete`, 'unproved', message, next));
  }
  if (connector.deletion.absence === 'ignore' && connector.system === 'hris' && unproved < 0) {
    const message =
      'In an HR system a person who is missing has left, so absence cannot be ignored.';
    const next = 'Write "absence": {"needs": "completeFull", "times": 2}.';
    faults.push(fault('/deletion/absence', 'absence_ignored', message, next));
  }
  return faults;
}

/** Keys under which a path stands; under `paths`-less keys a text is something else. */
// prettier-ignore
const PATHS = /\/(records\/path|unwrap|from(\/\d+)?|key(\/\d+)?|withheld|aliases|mergedInto|start|end|zone|total|last|tokenPath|expiresPath|bodyPath|field|record|itemStatus|state|tombstone\/path|soft\/path|action\/path|enrich\/records|since\/id|split\/id|page\/id)$/;
const NOT_PATHS =
  /^\/(config|secrets|headers)\/|\/(request|create|poll|fetch|tie)\/|\/(start|end|last)\/\d|\/page\/(end|start)$/;

function pathFaults(connector: Connector): DeclarationFault[] {
  return textsOf(connector).flatMap(({ path, text }) => {
    if (!PATHS.test(path) || NOT_PATHS.test(path) || path === '/auth/key') return [];
    if (isPath(text) || text.startsWith('header:') || text.startsWith('{config.')) return [];
    const message = `${JSON.stringify(text)} is not a pointer.`;
    return [fault(path, 'bad_pointer', message, `Write it as /${text.replaceAll('.', '/')}.`)];
  });
}

function patternFaults(connector: Connector): DeclarationFault[] {
  return Object.entries(connector.config).flatMap(([name, key]) => {
    const path = `/config/${name}`;
    if (key.kind === 'enum' && (key.oneOf ?? []).length === 0) {
      return [fault(path, 'no_choices', `config.${name} has no values.`, 'Give it oneOf.')];
    }
    try {
      if (key.pattern !== undefined) new RegExp(key.pattern, 'u');
      return [];
    } catch {
      const message = `The pattern of config.${name} is not a regular expression.`;
      return [fault(`${path}/pattern`, 'bad_pattern', message, 'Correct it.')];
    }
  });
}
