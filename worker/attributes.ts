import { setTimeout as delay } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { temporal } from '@temporalio/proto';
import { Fault } from '../domain/faults';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../workflows/ids';

/** The types of Temporal's operator service. */
export const ATTRIBUTE_TYPES = {
  KEYWORD: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;
const CLI_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' } as const;
const NAMES = Object.keys(SEARCH_ATTRIBUTES).filter((name): name is SearchAttributeName =>
  Object.hasOwn(SEARCH_ATTRIBUTES, name),
);

export type AttributeConnection = Pick<NativeConnection, 'operatorService' | 'workflowService'>;

/**
 * Makes sure that the server knows Rollcall's search attributes; returns those that it registered.
 * One that the server does not know makes every workflow task fail for ever, without a word in the
 * UI, so a worker that may not register them does not start.
 *
 * @throws Fault missing_tool, with the commands that a person with the permission has to run.
 */
export async function ensureSearchAttributes(
  connection: AttributeConnection,
  namespace: string,
): Promise<readonly SearchAttributeName[]> {
  const known = await registered(connection, namespace);
  // Temporal Cloud has no operator service, so ask by a query instead, which everyone may.
  if (known === undefined) {
    if (await isQueryable(connection, namespace)) return [];
    throw unregistered(NAMES, namespace);
  }
  const wrong = NAMES.filter((name) => known[name] !== undefined && known[name] !== typeOf(name));
  if (wrong.length > 0) throw mistyped(wrong);
  const missing = NAMES.filter((name) => known[name] === undefined);
  if (missing.length === 0) return [];
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, typeOf(name)])),
    });
  } catch (cause) {
    throw unregistered(missing, namespace, cause);
  }
  await untilKnown(connection, namespace);
  return missing;
}

function typeOf(name: SearchAttributeName): temporal.api.enums.v1.IndexedValueType {
  return ATTRIBUTE_TYPES[SEARCH_ATTRIBUTES[name]];
}

async function registered(
  connection: AttributeConnection,
  namespace: string,
): Promise<Readonly<Record<string, temporal.api.enums.v1.IndexedValueType>> | undefined> {
  try {
    const reply = await connection.operatorService.listSearchAttributes({ namespace });
    return reply.customAttributes;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** gRPC: UNIMPLEMENTED (12), PERMISSION_DENIED (7), UNAUTHENTICATED (16). */
function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 12 || code === 7 || code === 16;
}

async function isQueryable(connection: AttributeConnection, namespace: string): Promise<boolean> {
  const query = NAMES.map((name) => `${name} = 'x'`).join(' and ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    // INVALID_ARGUMENT (3): an attribute of the query is unknown.
    if (error instanceof Error && 'code' in error && error.code === 3) return false;
    throw error;
  }
}

/** A cluster's hosts learn of new attributes through a cache; the dev server knows them at once. */
async function untilKnown(connection: AttributeConnection, namespace: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const known = (await registered(connection, namespace)) ?? {};
    if (NAMES.every((name) => known[name] !== undefined)) return;
    await delay(1_000);
  }
}

function unregistered(
  names: readonly SearchAttributeName[],
  namespace: string,
  cause?: unknown,
): Fault {
  const options = names.map(
    (name) => `--name ${name} --type ${CLI_TYPES[SEARCH_ATTRIBUTES[name]]}`,
  );
  return new Fault('missing_tool', {
    code: 'search_attributes_missing',
    message: `The Temporal namespace ${namespace} does not know ${names.join(', ')}, and this worker may not register them.`,
    next: options
      .map(
        (option) => `temporal operator search-attribute create --namespace ${namespace} ${option}`,
      )
      .join('\n'),
    cause,
  });
}

function mistyped(names: readonly SearchAttributeName[]): Fault {
  const wanted = names.map((name) => `${name} (must be ${CLI_TYPES[SEARCH_ATTRIBUTES[name]]})`);
  return new Fault('missing_tool', {
    code: 'search_attributes_mistyped',
    message: `The Temporal namespace has search attributes of other types: ${wanted.join(', ')}.`,
    next: 'Use another namespace: ROLLCALL_TEMPORAL_NAMESPACE.',
  });
}
