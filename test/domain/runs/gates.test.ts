import fc from 'fast-check';
import {
  defaultLimit,
  emptiedFields,
  goneFields,
  heldGates,
  NUMBER_GATES,
  type PlanFacts,
} from '../../../domain/runs/gates';

const QUIET: PlanFacts = {
  kind: 'import',
  named: true,
  rows: 100,
  counts: { deactivations: 0, reactivations: 0, key_changes: 0, creations: 0, updates: 0 },
  renumbered: 0,
  rejectedBefore: { count: 0, runs: [] },
  activeLinked: 100,
  firstRun: false,
  usersInStore: 100,
  absence: true,
  absentDeactivated: 0,
  unreadableKeys: 0,
  partial: false,
  unproved: null,
  people: 100,
  measure: 100,
  emptiedFields: [],
  fieldsMadeNothing: [],
  sourceLimits: {},
  runLimits: {},
  changed: 0,
  expect: null,
};

test('a quiet plan goes through', () => {
  expect(heldGates(QUIET)).toEqual([]);
});

test('the limit is 5 % of the active linked people, at least 5, at most 500, and never a share of one', () => {
  fc.assert(
    fc.property(fc.nat(2_000_000), (active) => {
      const limit = defaultLimit(active);
      const share = active / 20;

      expect(Number.isInteger(limit)).toBe(true);
      if (share < 5) expect(limit).toBe(5);
      else if (share > 500) expect(limit).toBe(500);
      else expect(limit).toBe((active - (active % 20)) / 20);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  [3111, 155],
  [99, 5],
  [100, 5],
  [119, 5],
  [120, 6],
  [10_000, 500],
  [1_000_000, 500],
])('%i active people: %i go through', (active, limit) => {
  expect(defaultLimit(active)).toBe(limit);
});

test.each(['deactivations', 'reactivations', 'key_changes'] as const)(
  '%s hold above the limit, not at it',
  (gate) => {
    const at = (n: number) =>
      heldGates({ ...QUIET, activeLinked: 200, counts: { ...QUIET.counts, [gate]: n } });

    expect(at(10)).toEqual([]);
    expect(at(11)).toEqual([{ gate, count: 11, limit: 10 }]);
  },
);

test.each(['creations', 'updates'] as const)('%s are off until a number is set', (gate) => {
  const many = { ...QUIET, counts: { ...QUIET.counts, [gate]: 1_000_000 } };

  expect(heldGates(many)).toEqual([]);
  expect(heldGates({ ...many, sourceLimits: { [gate]: 10 } })).toEqual([
    { gate, count: 1_000_000, limit: 10 },
  ]);
  expect(heldGates({ ...many, runLimits: { [gate]: 0 } })).toEqual([
    { gate, count: 1_000_000, limit: 0 },
  ]);
});

test('the number of a run goes before that of its source, and that before the rule', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NUMBER_GATES),
      fc.nat(50),
      fc.nat(50),
      fc.nat(50),
      (gate, count, ofSource, ofRun) => {
        const facts = { ...QUIET, counts: { ...QUIET.counts, [gate]: count } };
        const holds = (f: PlanFacts) => heldGates(f).some((h) => h.gate === gate);

        const sourceLimits = { [gate]: ofSource };
        expect(holds({ ...facts, sourceLimits })).toBe(count > ofSource);
        expect(holds({ ...facts, sourceLimits, runLimits: { [gate]: ofRun } })).toBe(count > ofRun);
      },
    ),
  );
});

test('a source’s first run into a store that has users holds; into an empty one it goes through', () => {
  expect(heldGates({ ...QUIET, firstRun: true })).toEqual([
    { gate: 'first_link', count: 100, limit: 0 },
  ]);
  expect(heldGates({ ...QUIET, firstRun: true, usersInStore: 0 })).toEqual([]);
});

test('a change that a person rejected before holds from the first one on, and names the runs', () => {
  expect(heldGates({ ...QUIET, rejectedBefore: { count: 1, runs: ['R'] } })).toEqual([
    { gate: 'rejected_before', count: 1, limit: 0, runs: ['R'] },
  ]);
});

test('a read without people holds, named or not', () => {
  const gates = (f: PlanFacts) => heldGates(f).map((h) => h.gate);

  expect(gates({ ...QUIET, named: false, absence: false, rows: 0 })).toEqual(['empty_read']);
  expect(gates({ ...QUIET, rows: 0, people: 0 })).toEqual(['empty_read', 'short_file']);
});

test('a file with fewer than 90 % of the people that it should have holds where absence counts', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      (last, people) => {
        const held = heldGates({ ...QUIET, measure: last, people });

        expect(held.some((h) => h.gate === 'short_file')).toBe(people * 10 < last * 9);
        expect(heldGates({ ...QUIET, measure: last, people, absence: false })).toEqual([]);
        expect(heldGates({ ...QUIET, measure: null, people })).toEqual([]);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a row whose key can’t be read holds only what would deactivate absent people', () => {
  expect(heldGates({ ...QUIET, unreadableKeys: 1 })).toEqual([]);
  expect(heldGates({ ...QUIET, unreadableKeys: 1, absentDeactivated: 1 })).toEqual([
    { gate: 'unreadable_keys', count: 1, limit: 0 },
  ]);
});

test('a field counts as emptied when the last read with its column filled it for most people and this one for nobody', () => {
  const last = {
    phone: [6, 10],
    email: [5, 10],
    code: [10, 10],
    location: [10, 10],
    jobTitle: [0, 0],
  } as const;
  const now = { rows: 10, coverage: { phone: 0, email: 0, code: 10, jobTitle: 0 } };

  expect(emptiedFields(last, now)).toEqual(['phone']);
  expect(emptiedFields({}, now)).toEqual([]);
  expect(emptiedFields(last, { ...now, rows: 0 })).toEqual([]);
});

test('a column that most people had filled and the file has not is gone; an empty one is not', () => {
  const last = { rows: 10, coverage: { phone: 6, email: 5, code: 10 } };

  expect(goneFields(last, { coverage: { code: 10 } })).toEqual(['phone']);
  expect(goneFields(last, { coverage: { code: 10, phone: 0 } })).toEqual([]);
});

test('one pair that has nothing left to be done is not held for its number; a file of pairs is', () => {
  const nothing: PlanFacts = { ...QUIET, kind: 'merge', rows: 1, changed: 0 };

  expect(heldGates({ ...nothing, expect: 1 })).toEqual([]);
  expect(heldGates({ ...nothing, expect: 2 })).toHaveLength(1);
  expect(heldGates({ ...nothing, kind: 'bulk', expect: 1 })).toHaveLength(1);
});

const CONFIRMED = ['bulk', 'undo', 'merge'] as const;
test.each(CONFIRMED)('a %s is gated by the confirmed count only', (kind) => {
  const facts: PlanFacts = {
    ...QUIET,
    kind,
    rows: 0,
    firstRun: true,
    changed: 600,
    counts: { ...QUIET.counts, deactivations: 600 },
  };

  expect(heldGates({ ...facts, expect: 600 })).toEqual([]);
  expect(heldGates({ ...facts, expect: 599 })).toEqual([
    { gate: 'expect', count: 600, limit: 599 },
  ]);
  expect(heldGates({ ...facts, expect: null })).toEqual([{ gate: 'expect', count: 600, limit: 0 }]);
  expect(heldGates({ ...facts, changed: 0, expect: null })).toEqual([]);
  expect(heldGates({ ...facts, changed: 0, expect: 3 })).toEqual([
    { gate: 'expect', count: 0, limit: 3 },
  ]);
});
