import type { Delivered, OpenedCampaign } from '../../activities/types';
import { timeSkipping } from '../support/temporal';
import type { CampaignInput, CampaignResult } from '../../workflows/campaigns/sendCampaign';
import { wakeSignal } from '../../workflows/messages';
import {
  delivered,
  opened,
  sending as sendingIn,
  type Fakes,
  type Sending,
} from './campaignHarness';
import { quiet, REFUSED, script, UNAVAILABLE } from './harness';

quiet();
const temporal = timeSkipping();

const sending = (
  fakes: Partial<Fakes>,
  play: (sent: Sending) => Promise<void>,
  input: Partial<CampaignInput> = {},
): Promise<void> => sendingIn(temporal.env, fakes, { play, ...input });

const openings = (...all: readonly OpenedCampaign[]) => script<OpenedCampaign>(...all);

test('a hundred thousand letters take few events and small payloads', async () => {
  const left = { planned: 100_000 };
  const deliver = async (): Promise<Delivered> => {
    // A slow server: 5,000 a minute in both lanes together.
    left.planned = Math.max(0, left.planned - 2_500);
    return Promise.resolve(delivered(left.planned));
  };
  await sending(
    { openCampaign: openings(opened('running'), opened('done')), deliver },
    async ({ handle }) => {
      await expect(handle.result()).resolves.toEqual<CampaignResult>({ state: 'done' });

      const { historyLength } = await handle.describe();
      expect(historyLength).toBeLessThanOrEqual(300);
      const history = JSON.stringify(await handle.fetchHistory());
      const payloads = [...history.matchAll(/"data":"([^"]*)"/g)].map(
        ([, data = '']) => data.length,
      );
      expect(payloads.length).toBeGreaterThan(0);
      expect(Math.max(...payloads)).toBeLessThan(4_096);
    },
  );
}, 60_000);

test('it waits for its time, begins, and is sent in two lanes', async () => {
  const at = Date.now() + 3_600_000;
  const openCampaign = openings(opened('planned', at), opened('running'), opened('done'));
  await sending({ openCampaign }, async ({ handle, calls }) => {
    await expect(handle.result()).resolves.toEqual({ state: 'done' });

    expect(calls).toEqual(['open', 'open', 'deliver', 'deliver', 'finish', 'open']);
  });
});

test('a held or paused campaign waits until it is woken', async () => {
  const openCampaign = openings(opened('held'), opened('paused'), opened('cancelled'));
  await sending({ openCampaign }, async ({ handle, calls }) => {
    // A signal that comes before the campaign is opened wakes nothing: opening sees what it would say.
    for (const opens of [1, 2]) {
      while (calls.length < opens) await new Promise((resolve) => setTimeout(resolve, 20));
      await handle.signal(wakeSignal);
    }

    await expect(handle.result()).resolves.toEqual({ state: 'cancelled' });
    expect(calls).toEqual(['open', 'open', 'open']);
  });
});

test('it sleeps until the next try, and goes on', async () => {
  const later = Date.now() + 8 * 3_600_000;
  const deliver = script<Delivered>(
    delivered(1, { waitUntil: later }),
    delivered(1, { waitUntil: later }),
    delivered(0),
    delivered(0),
  );
  const openCampaign = openings(opened('running'), opened('running'), opened('done'));
  await sending({ openCampaign, deliver }, async ({ handle, calls }) => {
    await expect(handle.result()).resolves.toEqual({ state: 'done' });

    expect(calls.filter((call) => call === 'deliver')).toHaveLength(4);
  });
});

test('a database that is away is tried until it is back; a fault that cannot pass pauses', async () => {
  const openCampaign = openings(opened('running'), opened('paused'), opened('cancelled'));
  const deliver = script<Delivered>(
    UNAVAILABLE,
    UNAVAILABLE,
    UNAVAILABLE,
    UNAVAILABLE,
    REFUSED,
    REFUSED,
  );
  await sending({ openCampaign, deliver }, async ({ handle, calls }) => {
    while (!calls.includes('pause')) await temporal.env.sleep('10 seconds');
    await handle.signal(wakeSignal);

    await expect(handle.result()).resolves.toEqual({ state: 'cancelled' });
  });
});

test('a long history continues as new, and loses no wake', async () => {
  const left = { planned: 40 };
  const deliver = async (): Promise<Delivered> => {
    left.planned -= 1;
    return Promise.resolve(delivered(Math.max(0, left.planned)));
  };
  const openCampaign = async () => Promise.resolve(opened(left.planned > 0 ? 'running' : 'done'));
  await sending(
    { openCampaign, deliver },
    async ({ handle }) => {
      await handle.signal(wakeSignal);

      await expect(handle.result()).resolves.toEqual({ state: 'done' });
      const { runId } = await temporal.env.client.workflow.getHandle(handle.workflowId).describe();
      expect(runId).not.toBe(handle.firstExecutionRunId);
    },
    { maxEvents: 40 },
  );
});
