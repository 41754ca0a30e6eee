import { isPath } from '../path';
import type { ChangesDeclaration, Connector, PageDeclaration, ReadDeclaration } from '../schema';
import { references, textsOf } from '../template';
import type { DeclarationFault } from './fault';
import { fault } from './fault';

/** Reads end, can be proved whole, and tell where the next one goes on. */
export function checkReads(connector: Connector): DeclarationFault[] {
  const { full, changes } = connector.reads;
  return [
    ...full.flatMap((read, i) => readFaults(read, `/reads/full/${String(i)}`)),
    ...(changes === undefined ? [] : readFaults(changes, '/reads/changes')),
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
    const message = 'The total is to prove the list, and nothing says where it stands.';
    faults.push(
      fault(`${path}/complete/total`, 'no_total', message, 'Name the path of the total.'),
    );
  }
  const direct = page.type === 'job' ? page.page : page;
  if ((direct.type === 'offset' || direct.type === 'page') && complete.by === 'endSignal') {
    const message = 'Rows that move between numbered pages are lost unseen without a total.';
    const next = 'Prove by totalEquals or both, or say "by": "never".';
    faults.push(fault(`${path}/complete/by`, 'weak_proof', message, next));
  }
  if (direct.type === 'offset' && direct.end === 'total' && complete.total === undefined) {
    const message = 'The list ends at the total, and nothing says where it stands.';
    faults.push(
      fault(`${path}/complete/total`, 'no_total', message, 'Name the path of the total.'),
    );
  }
  if (direct.type === 'page' && direct.end === 'last' && direct.last === undefined) {
    const message = 'The list ends at the last page, and nothing says which that is.';
    faults.push(
      fault(`${path}/page/last`, 'no_last_page', message, 'Name the path, or end empty.'),
    );
  }
  if ((direct.type === 'offset' || direct.type === 'page') && direct.anchor && !direct.size) {
    const message = 'An anchor is asked for by size, and no size is sent.';
    faults.push(fault(`${path}/page/size`, 'no_size', message, 'Give the page a size.'));
  }
  if (direct.type === 'offset' && direct.step === 'size' && !direct.size) {
    const message = 'The list steps by its size, and no size is sent.';
    faults.push(fault(`${path}/page/size`, 'no_size', message, 'Give the page a size.'));
  }
  return [...faults, ...bodyFaults(read, page, path)];
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
    faults.push(fault(`${path}/request`, 'two_bodies', message, 'Take one of them out.'));
  }
  if (request.method === 'GET' && (request.json ?? request.form) !== undefined) {
    const message = 'A GET request has no body.';
    faults.push(fault(`${path}/request/method`, 'body_in_get', message, 'Say "method": "POST".'));
  }
  if (
    request.method === 'GET' &&
    page.type !== 'job' &&
    sends.some((send) => send?.in === 'body')
  ) {
    const message = 'The paging is sent in the body, and a GET request has none.';
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
    const message = `A ${since.type} goes on where it says itself: {since} has no value.`;
    faults.push(fault('/reads/changes/request', 'since_once', message, 'Take {since} out.'));
  }
  if ((since.type === 'ids' || since.type === 'feed') && changes.enrich === undefined) {
    const message = 'The changes are ids only: nothing fetches the people.';
    const next = 'Declare enrich: {"request": …{id}…, "key": …}.';
    faults.push(fault('/reads/changes/enrich', 'no_details', message, next));
  }
  if (since.type === 'time' && since.split !== undefined && since.field === undefined) {
    const message = 'A read that is split by time needs the record’s time.';
    faults.push(fault('/reads/changes/since/field', 'no_field', message, 'Name its path.'));
  }
  if (since.type === 'time' && changes.ceiling !== undefined && since.split === undefined) {
    const message = `Only the first ${String(changes.ceiling)} changes would ever be read.`;
    faults.push(fault('/reads/changes/ceiling', 'unsplit', message, 'Declare since.split.'));
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
    const message = 'Absence needs reads that are proved whole, and this one never is.';
    const next = 'Say how it is proved, or "absence": "ignore".';
    faults.push(fault(`/reads/full/${String(unproved)}/complete`, 'unproved', message, next));
  }
  if (connector.deletion.absence === 'ignore' && connector.system === 'hris' && unproved < 0) {
    const message = 'In an HR system who is missing has left: absence may not be ignored.';
    const next = 'Say "absence": {"needs": "completeFull", "times": 2}.';
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
