import { fieldOfName } from '../../domain/files/columns';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { requirePermission } from '../../domain/permissions';
import { audit } from '../../store/database/audit';
import { transaction } from '../../store/database/db';
import { replaceMastering, selectMastering, type Mastering } from '../../store/lifecycle/mastering';
import { selectProperties } from '../../store/users/properties';
import { bumpEpoch, listSources } from '../../store/sources/sources';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';

export type { Mastering };

/**
 * Which sources decide which fields. A field without a source precedence has the value of the last
 * read.
 */
export async function listMastering(context: OperationContext): Promise<Mastering[]> {
  requirePermission(context.level, 'sources.read');
  return selectMastering(context.db.pool);
}

/**
 * Sets the source precedence of a field: the first source with an opinion of the person decides.
 * Without sources the field has no precedence any more. Every source's next read compares in full.
 * @throws Fault usage, with every fault.
 */
export async function setMastering(
  context: OperationContext,
  input: { readonly field: string; readonly sources: readonly string[] },
): Promise<Mastering> {
  requirePermission(context.level, 'sources.write');
  return transaction(context.db, async (tx) => {
    const field = fieldOfName(input.field, await selectProperties(tx));
    const known = new Map(
      (await listSources(tx)).map(({ name, id, kind }) => [name, { id, kind }]),
    );
    const strangers = input.sources.filter(
      (name) => (known.get(name)?.kind ?? 'admin') === 'admin',
    );
    if (field === undefined) throw bad(`"${input.field}" is no field`, { do: 'showColumns' });
    if (strangers.length > 0) {
      throw new Fault('not_found', {
        code: 'source_not_found',
        message: `There is no source ${strangers.map((name) => `"${name}"`).join(', ')}.`,
        next: { do: 'listSources' },
      });
    }
    if (new Set(input.sources).size < input.sources.length) throw bad('A source is named twice');
    const sourceIds = input.sources.flatMap((name) => known.get(name)?.id ?? []);
    await replaceMastering(tx, { field, sourceIds });
    await bumpEpoch(tx);
    await audit(tx, {
      ...actorOf(context),
      action: 'mastering.set',
      subjectType: 'field',
      subjectId: field,
      fields: [field],
    });
    return { field, sources: input.sources };
  });
}

function bad(message: string, next: Next = { do: 'listSources' }): Fault {
  return new Fault('usage', { code: 'bad_mastering', message: `${message}.`, next });
}
