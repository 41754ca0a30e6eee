import { FAILURES, diagnose, toFailure } from '../../activities/failures';
import { codeOf } from '../../domain/passing';
import { Fault, FAULTS, type FaultKind } from '../../domain/faults';

const RUN = '01a20689-f8e8-713b-b8f7-f6f13290c928';
const CANARY = 'ada.lovelace@example.org';

const KINDS = Object.keys(FAULTS).filter((kind): kind is FaultKind => kind in FAULTS);

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('the table of failures', () => {
  it.each(KINDS)('casts a fault of kind %s without a word of its message', (kind) => {
    const cause = new Error(`row of ${CANARY}`);
    const fault = new Fault(kind, { code: 'key_taken', message: CANARY, next: CANARY, cause });

    const failure = toFailure(diagnose(fault), RUN);

    expect(failure.message).toBe(`key_taken: run ${RUN}`);
    expect(failure.type).toBe(FAILURES[kind].type);
    expect(failure.nonRetryable).toBe(!FAILURES[kind].retry);
    expect(failure.cause).toBeUndefined();
    expect(JSON.stringify([failure.message, failure.details, failure.stack])).not.toContain(CANARY);
  });

  it('retries what may pass, and a fence that was taken', () => {
    const retried = KINDS.filter((kind) => FAILURES[kind].retry);

    expect(retried).toEqual(['fenced', 'unavailable']);
  });

  it('gives every kind a type of its own', () => {
    const types = KINDS.map((kind) => FAILURES[kind].type);

    expect(new Set(types).size).toBe(KINDS.length);
  });
});

describe('a diagnosis', () => {
  it.each([
    ['a lost connection', withCode('', '08006')],
    ['a server that stops', withCode('', '57P01')],
    ['a server that starts', withCode('', '57P03')],
    ['a refused connection', withCode('', 'ECONNREFUSED')],
    ['a reset connection', withCode('', 'ECONNRESET')],
    ['an unknown host', withCode('', 'ENOTFOUND')],
    ['Prisma without a connection', withCode('', 'P1001')],
    ['an ended connection', new Error('Connection terminated unexpectedly')],
    ['several refused addresses', new AggregateError([withCode('', 'ECONNREFUSED')])],
    ['a cause that passes', new Error('query', { cause: withCode('', 'ECONNRESET') })],
  ])('finds that %s may pass', (_, error) => {
    expect(diagnose(error)).toMatchObject({ kind: 'unavailable', code: 'database_unavailable' });
  });

  it.each([
    ['a broken rule of the database', withCode(`Key (email)=(${CANARY})`, '23514')],
    ['a wrong value', withCode(`invalid input syntax: "${CANARY}"`, '22P02')],
    ['a fault of the program', new TypeError(`cannot read ${CANARY}`)],
    ['something that is no error', CANARY],
  ])('takes %s for a bug, and keeps no word of it', (_, error) => {
    const diagnosis = diagnose(error);

    expect(diagnosis).toMatchObject({ kind: 'bug', code: 'bug' });
    expect(JSON.stringify(diagnosis)).not.toContain(CANARY);
  });

  it('keeps the words of a fault, for the run row', () => {
    const fault = new Fault('refused_file', {
      code: 'unknown_column',
      message: 'emial',
      next: 'x',
    });

    expect(diagnose(fault)).toEqual({
      kind: 'refused_file',
      code: 'unknown_column',
      message: 'emial',
      next: { do: 'say', text: 'x' },
    });
  });

  it('shows the kind in place of a code that could be anything', () => {
    const fault = new Fault('conflict', { code: 'key_taken', message: '' });

    expect(diagnose(Object.assign(fault, { code: CANARY })).code).toBe('conflict');
  });
});

it('the code of an error is a text or nothing', () => {
  expect([codeOf(withCode('', 'X')), codeOf({ code: 7 }), codeOf(null)]).toEqual(['X', '', '']);
});
