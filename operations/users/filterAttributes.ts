import { requirePermission } from '../../domain/permissions';
import {
  attributeNames,
  findAttribute,
  type AttributeKind,
} from '../../domain/users/filterAttributes';
import { isQuick } from '../../store/users/index/columns';
import { selectProperties } from '../../store/users/properties';
import type { OperationContext } from '../context';

/** What a filter can name. */
export interface FilterAttributeView {
  readonly name: string;
  readonly type:
    'text' | 'status' | 'enrollment status' | 'date' | 'time' | 'number' | 'boolean' | 'list';
  /** True: an index answers `eq`. Other filters read all people, which takes longer where there are many. */
  readonly quick: boolean;
}

/** Every attribute that a filter or a sort can name, custom properties too, in display order. */
export async function filterAttributes(context: OperationContext): Promise<FilterAttributeView[]> {
  requirePermission(context.level, 'filters.read');
  const properties = await selectProperties(context.db.pool);
  return attributeNames(properties).flatMap((name) => {
    const attribute = findAttribute(name, properties);
    if (attribute === undefined) return [];
    return [{ name, type: typeOf(attribute.kind), quick: isQuick(attribute) }];
  });
}

function typeOf(kind: AttributeKind): FilterAttributeView['type'] {
  switch (kind) {
    case 'key':
    case 'exact':
      return 'text';
    case 'strings':
      return 'list';
    default:
      return kind;
  }
}
