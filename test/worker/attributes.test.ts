import { ensureSearchAttributes, type AttributeConnection } from '../../worker/attributes';
import { SEARCH_ATTRIBUTES } from '../../workflows/ids';
import { devServer } from '../support/temporal';

const temporal = devServer();
const NAMES = Object.keys(SEARCH_ATTRIBUTES);

/** The real server, with some of its calls refused or answered otherwise. */
function limited(o: {
  list?: () => Promise<unknown>;
  add?: () => Promise<unknown>;
}): AttributeConnection {
  const { operatorService, workflowService } = temporal.env.nativeConnection;
  return {
    workflowService,
    operatorService: new Proxy(operatorService, {
      get(target, name, receiver) {
        if (name === 'listSearchAttributes' && o.list !== undefined) return o.list;
        if (name === 'addSearchAttributes' && o.add !== undefined) return o.add;
        return Reflect.get(target, name, receiver);
      },
    }),
  };
}

const refused = () => Promise.reject(Object.assign(new Error('no'), { code: 7 }));

async function remove(names: string[]): Promise<void> {
  const { operatorService } = temporal.env.connection;
  await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: names });
}

describe('the search attributes', () => {
  it('are left alone where the server knows them', async () => {
    const add = () => Promise.reject(new Error('must not be called'));

    expect(await ensureSearchAttributes(limited({ add }), 'default')).toEqual([]);
  });

  it('are asked for by a query where they may not be listed', async () => {
    expect(await ensureSearchAttributes(limited({ list: refused }), 'default')).toEqual([]);
  });

  it('are refused when they have another type', async () => {
    const list = async () => ({ customAttributes: { RollcallState: 1 } });

    await expect(ensureSearchAttributes(limited({ list }), 'default')).rejects.toMatchObject({
      code: 'search_attributes_mistyped',
      message: expect.stringContaining('RollcallState (must be Keyword)'),
    });
  });

  it('are named in the commands to run where they may not be registered', async () => {
    const list = async () => ({ customAttributes: {} });

    await expect(
      ensureSearchAttributes(limited({ list, add: refused }), 'default'),
    ).rejects.toMatchObject({
      code: 'search_attributes_missing',
      next: {
        do: 'say',
        text: [
          'temporal operator search-attribute create --namespace default --name RollcallState --type Keyword',
          'temporal operator search-attribute create --namespace default --name RollcallKind --type Keyword',
          'temporal operator search-attribute create --namespace default --name RollcallSource --type Keyword',
          'temporal operator search-attribute create --namespace default --name RollcallHeld --type KeywordList',
        ].join('\n'),
      },
    });
  });

  it('are registered where they are missing', async () => {
    await remove(NAMES);

    const added = await ensureSearchAttributes(temporal.env.nativeConnection, 'default');

    expect(added).toEqual(NAMES);
    expect(await ensureSearchAttributes(temporal.env.nativeConnection, 'default')).toEqual([]);
  });

  it('that cannot be asked for at all are refused', async () => {
    await remove(NAMES);

    await expect(
      ensureSearchAttributes(limited({ list: refused }), 'default'),
    ).rejects.toMatchObject({ code: 'search_attributes_missing' });
  });
});
