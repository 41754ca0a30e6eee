import { propertiesNamed } from '../../domain/files/columns';
import type { ImportOptions } from '../../domain/runs/runOptions';
import type { PropertyDefinition } from '../../domain/users/fields';
import { organizationKeys } from '../../store/users/organizations';
import { selectProperties } from '../../store/users/properties';
import type { OperationContext } from '../context';
import { mapWithoutStore } from '../sources/mappings';
import { readingOptions, type ImportRequest } from './importOptions';
import { prepareImport, refuseBadName } from './imports';

/** What the check of a file is judged by. */
export interface CheckRules {
  readonly options: ImportOptions;
  /** `null`: no store says which organizations exist. */
  readonly organizations: ReadonlyMap<string, string> | null;
  readonly properties: readonly PropertyDefinition[];
  /** Saved mappings that could not be read. */
  readonly unreadMappings: readonly string[];
}

/** The rules of an import with this request; stores nothing. Faults: as {@link prepareImport}. */
export async function checkRules(
  context: OperationContext,
  request: ImportRequest,
): Promise<CheckRules> {
  // A check makes no list, so a new name needs nobody's yes.
  const { options } = await prepareImport(context, { ...request, createSource: true });
  return {
    options,
    organizations: await organizationKeys(context.db.pool),
    properties: await selectProperties(context.db.pool),
    unreadMappings: [],
  };
}

/**
 * As {@link checkRules}, without a store. Where a saved mapping is named, columns that are not known
 * are passed over, because the mapping may place them.
 */
export function checkRulesWithoutStore(request: ImportRequest): CheckRules {
  if (request.source !== undefined) refuseBadName(request.source);
  const { names, ...map } = mapWithoutStore(request.map ?? [], request.dateFormat);
  const options = readingOptions(request, map, null);
  return {
    options: names.length > 0 ? { ...options, ignoreUnknown: true } : options,
    organizations: null,
    properties: propertiesNamed([
      ...Object.values(options.columns ?? {}),
      ...Object.keys(options.values ?? {}),
    ]),
    unreadMappings: names,
  };
}
