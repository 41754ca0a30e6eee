import { isDeepStrictEqual } from 'node:util';
import { randomBytes } from 'node:crypto';
import { sendOne } from '../../../activities/delivery/sendOne';
import { letterEngine } from '../../../connectors/delivery/render/letter';
import { PartFault } from '../../../connectors/delivery/render/compile';
import type { RenderedLetter } from '../../../domain/letters/content';
import { expectedOf, FROM, readable, TO, type ReadBack } from './expected';
import { fuzzedLetter, type FuzzedLetter } from './made';
import { wrongBytes } from './raw';
import type { Reader } from './readers';

export interface FuzzedResult {
  readonly n: number;
  /** True for a letter that is larger than a letter may be. */
  readonly tooLarge: boolean;
  readonly bytes: number;
  /** What is not as it should be, by reader and field. */
  readonly wrong: readonly string[];
}

const engine = letterEngine({ platform: { name: 'Academy', url: null }, timeZone: 'UTC' });
const KEYS = [randomBytes(32)];
const CAMPAIGN = '01939000-0000-7000-8000-000000000001';

/** Makes letter `n` of a seed as a worker makes it, and holds what the readers find against what it says. */
export async function readBack(o: {
  readonly seed: number;
  readonly n: number;
  readonly readers: ReadonlyMap<string, Reader>;
}): Promise<FuzzedResult> {
  const { seed, n, readers } = o;
  const letter = fuzzedLetter(seed, n);
  const made = await patiently(() => composed(letter));
  if (made === null) return { n, tooLarge: true, bytes: 0, wrong: [] };
  const { raw, rendered } = made;
  const expected = expectedOf(letter, rendered.html ?? '');
  const wrong = wrongBytes(raw).map((what) => `bytes: ${what}`);
  if (
    letter.says.html !== null &&
    !(rendered.html ?? '').includes(readable(`<p>${letter.says.html}</p>`))
  )
    wrong.push('rendered: the HTML does not say it');
  for (const [name, read] of readers) {
    try {
      wrong.push(...differing(await read(raw), expected).map((what) => `${name}: ${what}`));
    } catch (error) {
      wrong.push(`${name}: ${String(error)}`);
    }
  }
  return { n, tooLarge: false, bytes: raw.length, wrong };
}

/** As often as the thread of a worker: on a busy machine a good letter may exceed the limit of time. */
const MAX_TRIES = 3;

/** `null`: it is larger than a letter may be. */
async function patiently<T>(make: () => Promise<T>): Promise<T | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof PartFault) || error.problem.code !== 'template_limit') throw error;
      if (tries === MAX_TRIES) return null;
    }
  }
}

/** The message as a worker hands it to the mail server. */
async function composed({
  content,
  context,
}: FuzzedLetter): Promise<{ readonly raw: Buffer; readonly rendered: RenderedLetter }> {
  const letter = engine.compile(content);
  const kept: { raw: Buffer; rendered: RenderedLetter | undefined } = {
    raw: Buffer.alloc(0),
    rendered: undefined,
  };
  await sendOne({
    campaignId: CAMPAIGN,
    claimed: { n: 1, userId: CAMPAIGN, address: TO, attempts: 0, claim: CAMPAIGN },
    letter: content,
    context,
    mail: {
      sender: {
        ...{ connections: 1, host: 'localhost', close: () => undefined },
        send: ({ raw }) => Promise.resolve(taken(raw)),
        sendUnlessStale: ({ raw }) => Promise.resolve(taken(raw)),
      },
      ...{ from: FROM, keys: KEYS, dkim: null, perSecond: null },
      unsubscribe: 'mailto:stop@sender.example',
    },
    renderer: {
      render: () => Promise.resolve((kept.rendered = engine.render(letter, context))),
    },
    isStale: () => false,
  });
  if (kept.rendered === undefined) throw new Error('the letter was not rendered');
  return { raw: kept.raw, rendered: kept.rendered };

  function taken(raw: Buffer) {
    kept.raw = raw;
    return { code: 250, stage: 'content', streamRead: true } as const;
  }
}

function differing(seen: ReadBack, expected: ReadBack): string[] {
  const wrong: string[] = [];
  for (const [field, value] of Object.entries(expected)) {
    const got: unknown = Reflect.get(seen, field);
    if (!isDeepStrictEqual(got, value)) wrong.push(`${field} is ${excerpt(got, value)}`);
  }
  return wrong;
}

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The surroundings of the first difference. */
function excerpt(seen: unknown, expected: unknown): string {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(expected)];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const from = Math.max(0, at - 30);
  const shown = (text: string): string => text.slice(from, at + 50).replace(/[^ -~]/g, escaped);
  return `${shown(one)} instead of ${shown(other)}`;
}
