import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { insertConnection } from '../../store/sources/connections';
import { newId, transaction } from '../../store/database/db';
import { seal } from '../../store/sources/secrets';
import { findSource } from '../../store/sources/sources';
import { auditSource, type SourceContext } from './polledSource';
import { showSource, type SourceDetails } from './showSource';
import {
  chooseConnector,
  nameFault,
  refuse,
  settingFaults,
  type GivenSettings,
} from './sourceSettings';

export interface AddSource extends GivenSettings {
  readonly name: string;
  /** One of `sources types`; absent when a declaration is given. */
  readonly type?: string;
}

/** Adds a polled source and seals its secrets; reads nothing yet. Reports every fault at once. */
export async function addSource(
  context: SourceContext,
  { name, type, declaration, config = {}, secrets = {}, baseUrl }: AddSource,
): Promise<SourceDetails> {
  requirePermission(context.level, 'sources.write');
  const { connector, faults } = chooseConnector({ type, declaration });
  refuse(
    [
      ...[nameFault(name)].flatMap((fault) => fault ?? []),
      ...faults,
      ...(connector === null ? [] : settingFaults(connector, { config, secrets, baseUrl })),
    ],
    {
      code: connector === null ? 'bad_source' : 'bad_settings',
      next:
        connector === null
          ? { do: 'listSourceTypes' }
          : { do: 'showSourceType', type: connector.id },
    },
  );
  if (connector === null) throw new Error('a connector without faults is there');
  const sourceId = newId();
  const sealed = seal(secrets, { ...context, ownerId: sourceId });
  await transaction(context.db, async (tx) => {
    if ((await findSource(tx, name)) !== null) throw taken(name);
    await insertConnection(tx, {
      sourceId,
      name,
      connector: connector.id,
      declaration: declaration ?? null,
      config,
      baseUrl: baseUrl ?? null,
      secrets: sealed,
    });
    await auditSource(tx, context, {
      action: 'source.add',
      sourceId,
      fields: [...Object.keys(config), ...Object.keys(secrets).map((key) => `secret.${key}`)],
    });
  });
  return showSource(context, name);
}

function taken(name: string): Fault {
  return new Fault('conflict', {
    code: 'source_exists',
    message: `There is a source "${name}" already.`,
    next: { do: 'changeSource', source: name },
  });
}
