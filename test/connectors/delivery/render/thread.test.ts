import { openRenderer, type Renderer } from '../../../../connectors/delivery/render';
import { contentOf, contextOf } from '../../../support/letters/builders';

let renderer: Renderer;
beforeEach(() => {
  renderer = openRenderer({ hardLimitMs: 60_000 });
});
afterEach(() => renderer.close());

/** Loops for longer than a letter may. */
const SLOW = contentOf({
  text: '{% for i in (1..5000) %}{% for j in (1..5000) %}{% endfor %}{% endfor %}',
});

test('letters are rendered for many people at once, each with what is theirs', async () => {
  const letters = [1, 2, 3].map((n) =>
    contentOf({ subject: `${String(n)} {{ user.code }}`, text: '{{ platform.name }}' }),
  );
  const people = Array.from({ length: 300 }, (_, n) => contextOf({ code: String(n) }));

  const rendered = await Promise.all(
    people.map((person, n) => renderer.render(letters[n % 3] ?? contentOf(), person)),
  );

  expect(rendered.map(({ subject }) => subject)).toEqual(
    people.map((_, n) => `${String((n % 3) + 1)} ${String(n)}`),
  );
  expect(rendered[0]?.text).toBe('Rollcall');
});

test('more letters than the thread keeps are rendered again', async () => {
  const letters = Array.from({ length: 100 }, (_, n) => contentOf({ text: String(n) }));

  for (const letter of letters) await renderer.render(letter, contextOf());
  const first = await renderer.render(letters[0] ?? contentOf(), contextOf());

  expect(first.text).toBe('0');
});

test('a letter that takes too long is refused beside the event loop, and the next one is rendered', async () => {
  await renderer.render(contentOf(), contextOf());
  let turns = 0;
  const turning = setInterval(() => turns++, 1);

  const slow = renderer.render(SLOW, contextOf());
  await expect(slow).rejects.toMatchObject({ kind: 'usage', code: 'render_limit' });
  clearInterval(turning);

  // Three tries of 200 ms each: the loop went on all the while.
  expect(turns).toBeGreaterThan(20);
  expect((await renderer.render(contentOf({ text: 'next' }), contextOf())).text).toBe('next');
});

test('a thread that gives no answer in time is begun again for the letters behind', async () => {
  const impatient = openRenderer({ hardLimitMs: 50 });
  const slow = impatient.check(SLOW);
  const next = impatient.render(contentOf({ text: 'next' }), contextOf());

  expect(await slow).toEqual([expect.objectContaining({ code: 'template_limit' })]);
  expect((await next).text).toBe('next');
  await impatient.close();
});

test('a letter that cannot be rendered is refused with its place, and without what is in it', async () => {
  const broken = contentOf({ text: 'a\n{% assign x = user.name | split: "" %}{{ x.foo }}' });

  await expect(renderer.render(broken, contextOf())).rejects.toMatchObject({
    code: 'render_failed',
    message: 'The text of the letter cannot be rendered (line 2, column 42).',
  });
  await expect(renderer.needs(contentOf({ text: '{{ ' }))).rejects.toMatchObject({
    code: 'render_failed',
  });
});

test('what waits is refused when the renderer is closed', async () => {
  const waiting = renderer.render(SLOW, contextOf());
  const refused = expect(waiting).rejects.toMatchObject({ code: 'interrupted' });

  await renderer.close();

  await refused;
});
