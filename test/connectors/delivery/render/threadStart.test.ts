import type { Worker } from 'node:worker_threads';
import { openRenderer, type Renderer } from '../../../../connectors/delivery/render';
import { contentOf, contextOf } from '../../../support/letters/builders';

const mockNext: { fault: 'throws' | 'ends' | null } = { fault: null };

jest.mock('node:worker_threads', () => {
  const actual = jest.requireActual<{ Worker: typeof Worker }>('node:worker_threads');
  return {
    ...actual,
    Worker: class extends actual.Worker {
      constructor(...[script, options]: ConstructorParameters<typeof Worker>) {
        const { fault } = mockNext;
        mockNext.fault = null;
        if (fault === 'throws') throw new Error('no more threads');
        super(fault === 'ends' ? '/no/such/thread.js' : script, options);
      }
    },
  };
});

let renderer: Renderer;
beforeEach(() => {
  renderer = openRenderer();
});
afterEach(() => renderer.close());

const letter = contentOf({ text: '{{ user.code }}' });
const textFor = async (code: string): Promise<string> =>
  (await renderer.render(letter, contextOf({ code }))).text;

test.each(['throws', 'ends'] as const)(
  'a thread that %s at its start refuses no letter, and the next people get their own',
  async (fault) => {
    mockNext.fault = fault;

    const lost = await Promise.allSettled([textFor('1'), textFor('2')]);
    const own = await Promise.all(['3', '4', '5'].map(textFor));

    expect(lost[0]).toMatchObject({
      status: 'rejected',
      reason: expect.not.objectContaining({ kind: 'usage' }),
    });
    expect(own).toEqual(['3', '4', '5']);
  },
);
