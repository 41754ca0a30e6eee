import { dateReader } from '../../domain/dates';
import { Fault } from '../../domain/faults';
import { propertiesNamed } from '../../domain/files/columns';
import { splitMapEntries } from '../../domain/files/mapping';
import { requirePermission } from '../../domain/permissions';
import { listOptionsOf } from '../../domain/sources/listOptions';
import { audit } from '../../store/database/audit';
import { transaction, type Queryable } from '../../store/database/db';
import {
  allMappings,
  findMapping,
  removeMapping,
  upsertMapping,
  type MappingContent,
  type MappingRow,
} from '../../store/sources/mappings';
import { listsWithMap } from '../../store/sources/sources';
import { selectProperties } from '../../store/users/properties';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { parseMap, type MapSpec } from './mapSpec';

/** A saved mapping as it is shown. */
export interface SavedMapping extends MappingContent {
  readonly name: string;
  readonly updatedAt: string;
}

export interface SaveMapping {
  readonly name: string;
  /** As `--map` takes them; saved mappings that are named in it are copied. */
  readonly map: readonly string[];
  readonly dateFormat?: string;
  /** Words that mean no value, such as NULL and N/A. */
  readonly nullWords?: readonly string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Saves a column and value map under a name, replacing one of that name. */
export async function saveMapping(
  context: OperationContext,
  { name, map, dateFormat, nullWords = [] }: SaveMapping,
): Promise<SavedMapping> {
  requirePermission(context.level, 'mappings.write');
  if (!NAME.test(name)) {
    throw new Fault('usage', {
      code: 'bad_name',
      message: `"${name}" is no name for a mapping: letters, digits, dot, dash and underscore, at most 63.`,
      next: { do: 'saveMapping' },
    });
  }
  const resolved = await resolveMap(context, map, dateFormat);
  const content = withNullWords(resolved.content, nullWords);
  if (Object.keys(content.columns).length + Object.keys(content.values).length === 0) {
    if (content.dateFormat === undefined && content.nullWords === undefined) {
      throw new Fault('usage', {
        code: 'empty_mapping',
        message: 'There is nothing in this mapping.',
        next: { do: 'saveMapping' },
      });
    }
  }
  await transaction(context.db, async (tx) => {
    const inserted = await upsertMapping(tx, { name, content });
    const fields = [
      ...new Set([...Object.values(content.columns), ...Object.keys(content.values)]),
    ];
    await audit(tx, {
      ...actorOf(context),
      action: inserted ? 'mapping.create' : 'mapping.edit',
      subjectType: 'mapping',
      subjectId: name,
      fields: fields.filter((field) => field !== '-'),
    });
  });
  return showMapping(context, name);
}

export async function listMappings(context: OperationContext): Promise<SavedMapping[]> {
  requirePermission(context.level, 'mappings.read');
  return (await allMappings(context.db.pool)).map(shown);
}

export async function showMapping(context: OperationContext, name: string): Promise<SavedMapping> {
  requirePermission(context.level, 'mappings.read');
  const found = await findMapping(context.db.pool, name);
  if (found === null) throw unknownMapping(name);
  return shown(found);
}

export async function deleteMapping(context: OperationContext, name: string): Promise<void> {
  requirePermission(context.level, 'mappings.write');
  await transaction(context.db, async (tx) => {
    if (!(await removeMapping(tx, name))) throw unknownMapping(name);
    await refuseKept(tx, name);
    await audit(tx, {
      ...actorOf(context),
      action: 'mapping.delete',
      subjectType: 'mapping',
      subjectId: name,
    });
  });
}

/** @throws Fault state where a list keeps the mapping for its files: their imports would fail. */
async function refuseKept(tx: Queryable, name: string): Promise<void> {
  const lists = (await listsWithMap(tx)).map(({ settings, ...list }) => ({
    ...list,
    map: (listOptionsOf(settings).map ?? []).flatMap(splitMapEntries),
  }));
  const keepers = lists.filter(({ map }) => map.includes(name));
  const [first] = keepers;
  if (first === undefined) return;
  const names = keepers.map((list) => `"${list.name}"`).join(', ');
  throw new Fault('state', {
    code: 'mapping_in_use',
    message:
      `${keepers.length === 1 ? `The list ${names} keeps` : `The lists ${names} keep`} the mapping ` +
      `"${name}" for ${keepers.length === 1 ? 'its' : 'their'} files. Let ` +
      `${keepers.length === 1 ? 'it' : 'them'} keep another map first.`,
    next: {
      ...{ do: 'keepMap', source: first.name },
      map: first.map.filter((entry) => entry !== name),
    },
  });
}

/** The result of `--map` arguments. */
export interface ResolvedMap {
  readonly content: MappingContent;
  /** Columns that are written out, not taken from a saved mapping. */
  readonly written: readonly string[];
}

/**
 * Resolves `--map` arguments with the saved mappings that they name; what is written out wins over
 * those.
 */
export async function resolveMap(
  context: OperationContext,
  given: readonly string[],
  dateFormat?: string,
): Promise<ResolvedMap> {
  const properties = given.length === 0 ? [] : await selectProperties(context.db.pool);
  const spec = parseMap(given, properties);
  const saved: MappingContent[] = [];
  for (const name of spec.names) {
    const found = await findMapping(context.db.pool, name);
    if (found === null) throw unknownMapping(name);
    saved.push(found.content);
  }
  return joined(spec, saved, dateFormat);
}

/**
 * As {@link resolveMap}, without a store: saved mappings are left out and named, and every property is
 * taken for a declared text.
 */
export function mapWithoutStore(
  given: readonly string[],
  dateFormat?: string,
): ResolvedMap & { readonly names: readonly string[] } {
  const spec = parseMap(given, propertiesNamed(given.flatMap((text) => text.split(/[=,:"]/))));
  return { ...joined(spec, [], dateFormat), names: spec.names };
}

/** Refuses an invalid date format before anything is stored. */
function joined(
  spec: MapSpec,
  saved: readonly MappingContent[],
  dateFormat: string | undefined,
): ResolvedMap {
  // Maps, because a file may give a column or a value the name of an object's own property
  // (`__proto__`).
  const columns = new Map<string, MappingContent['columns'][string]>();
  const values = new Map<string, Map<string, string>>();
  for (const part of [...saved, spec]) {
    for (const [header, field] of Object.entries(part.columns)) columns.set(header, field);
    for (const [field, map] of Object.entries(part.values)) {
      values.set(field, new Map([...(values.get(field) ?? []), ...Object.entries(map)]));
    }
  }
  const ofSaved = saved.reduce<string | undefined>(
    (format, content) => content.dateFormat ?? format,
    undefined,
  );
  const format = dateFormat ?? ofSaved;
  dateReader(format);
  return {
    content: {
      columns: Object.fromEntries(columns),
      values: Object.fromEntries([...values].map(([name, map]) => [name, Object.fromEntries(map)])),
      ...(format === undefined ? {} : { dateFormat: format }),
      ...withNullWords(
        {},
        saved.flatMap(({ nullWords = [] }) => nullWords),
      ),
    },
    written: Object.keys(spec.columns),
  };
}

/** The content with these words besides its own, each once and without spaces around it. */
export function withNullWords<C extends Pick<MappingContent, 'nullWords'>>(
  content: C,
  words: readonly string[],
): C & Pick<MappingContent, 'nullWords'> {
  const all = [...(content.nullWords ?? []), ...words.map((word) => word.trim())];
  const given = all.filter((word) => word !== '');
  return given.length === 0 ? content : { ...content, nullWords: [...new Set(given)] };
}

function shown({ name, content, updatedAt }: MappingRow): SavedMapping {
  return { name, ...content, updatedAt: updatedAt.toISOString() };
}

function unknownMapping(name: string): Fault {
  return new Fault('not_found', {
    code: 'unknown_mapping',
    message: `There is no mapping "${name}".`,
    next: { do: 'listMappings' },
  });
}
