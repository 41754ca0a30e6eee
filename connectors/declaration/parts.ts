import { isFieldName, type FieldName } from '../../domain/users/fields';
import type { ChangesDeclaration, Connector, ReadDeclaration } from './schema';

/** How the people of a read come in parts. */
export interface Parts {
  /** Fields that a person needs once all parts are known. */
  readonly required: readonly FieldName[];
}

/**
 * True where a record may hold only some fields of a person, and several records of one read are one
 * person. Where a declaration does not say, links to changes decide: the OData services that have them
 * name only what changed (OData JSON Format 4.01, 15.3), also in the read that begins such a chain.
 */
export function isPartial(
  connector: Connector,
  read: ReadDeclaration | ChangesDeclaration,
): boolean {
  const isDelta = connector.reads.changes?.since.type === 'deltaLink';
  return read.records.partial ?? (isDelta && read.enrich === undefined);
}

/** How the people of a read come in parts; null: each record is a whole person. */
export function partsOf(connector: Connector, mode: 'full' | 'changes'): Parts | null {
  const { full, changes } = connector.reads;
  const reads = mode === 'full' ? full : changes === undefined ? [] : [changes];
  const partial = reads.filter((read) => isPartial(connector, read));
  if (partial.length === 0) return null;
  const required = partial.flatMap((read) =>
    Object.entries((read.map ?? connector.map).fields)
      .filter(([, rule]) => rule.required === true)
      .map(([field]) => field)
      .filter(isFieldName),
  );
  return { required: [...new Set(required)] };
}
