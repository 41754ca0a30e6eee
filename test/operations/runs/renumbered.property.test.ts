import fc from 'fast-check';
import { resolveAll } from '../../../operations/runs/resolveAll';
import { takeFence } from '../../../store/database/fence';
import { hold } from '../../../store/lifecycle/decisions';
import { emptyStore, readWorld } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { WHOLE, applyHeld, carryOut, people } from '../../support/runs/resolving';
import { applyPlan, decide, importRows, planImport } from '../../support/runs/storeRun';
import { addReferences } from '../../support/oracle/worlds';
import { ownerOf } from '../support';

const store = testDatabase();

beforeAll(async () => {
  await addReferences(store.db.pool);
});

/** What becomes of one person's number in the next file. */
const FATES = {
  same: (number: string) => number,
  stripped: (number: string) => number.replace(/^0+/, ''),
  decimal: (number: string) => `${number}.0`,
  quoted: (number: string) => `'${number}`,
  another: (number: string) => `X${number}`,
  gone: () => null,
} as const;

const FATE_NAMES = ['same', 'stripped', 'decimal', 'quoted', 'another', 'gone'] as const;

test('whatever becomes of the numbers, linking makes nobody twice and takes nobody’s access', async () => {
  const fate = fc.constantFrom<keyof typeof FATES>(...FATE_NAMES);
  const worlds = fc.record({
    fates: fc.array(fate, { minLength: 1, maxLength: 8 }),
    newcomers: fc.nat(2),
  });

  await fc.assert(
    fc.asyncProperty(worlds, async ({ fates, newcomers }) => {
      await emptyStore(store.db);
      const number = (i: number): string => `00${String(i + 10)}`;
      await importRows(store.db, {
        rows: people(fates.length, (i) => ({ code: number(i) })),
        ...WHOLE,
      });
      const stay = people(fates.length, (i) => ({
        code: FATES[fates[i] ?? 'same'](number(i)) ?? '',
      })).filter((_, i) => fates[i] !== 'gone');
      const fresh = people(newcomers, (i) => ({
        code: `N${String(i)}`,
        lastName: `New${String(i)}`,
      }));

      const run = await planImport(store.db, {
        rows: [...stay, ...fresh.map((one) => ({ ...one, line: one.line + 100 }))],
        ...WHOLE,
      });
      const changed = fates.filter((one) => one !== 'same' && one !== 'gone').length;
      const renumbered = run.held.find(({ gate }) => gate === 'renumbered')?.count ?? 0;
      if (renumbered === 0) await applyPlan(store.db, run);
      else {
        await hold(store.db, run);
        const resolved = await resolveAll(ownerOf(store), { run: run.runId, by: 'renumbered' });
        await carryOut(store.db, resolved);
        if (resolved.approval === null) {
          const fence = await takeFence(store.db, run.runId);
          await decide(store.db, { runId: run.runId, fence, kind: 'approve' });
          await applyHeld(store.db, run.runId);
        }
      }
      const { people: users } = await readWorld(store.db.pool);
      const active = [...users.values()].filter(({ fields }) => fields['status'] === 'active');

      expect(renumbered).toBe(changed);
      expect(users.size).toBe(fates.length + newcomers);
      expect(active).toHaveLength(stay.length + newcomers);
    }),
    { numRuns: 12 },
  );
});
