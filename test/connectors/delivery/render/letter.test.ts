import { letterEngine } from '../../../../connectors/delivery/render/letter';
import type { LetterContent, LetterContext } from '../../../../domain/letters/content';
import { contentOf, contextOf } from '../../../support/letters/builders';

const engine = letterEngine({
  platform: { name: 'Academy', url: 'https://learn.example' },
  timeZone: 'Europe/Vienna',
});

function render(given: Partial<LetterContent>, context: LetterContext = contextOf()) {
  return engine.render(engine.compile(contentOf(given)), context);
}

function problems(given: Partial<LetterContent>, properties: string[] | null = []) {
  return engine
    .check(contentOf(given), properties)
    .map(({ part, line, column, code, facts }) => [
      `${part} ${String(line)}:${String(column)} ${code}`,
      facts,
    ]);
}

describe('a rendered letter', () => {
  test('says what is known of the person, the organization, the sender and the platform', () => {
    const letter = render({
      subject: 'Welcome {{ user.firstName }}',
      text: '{{ user.name }}, {{ user.properties.shift }}, {{ organization.name }}, {{ sender.name }}, {{ platform.name }}, {{ values.room }}',
      variables: [{ path: 'values.room', default: null }],
      values: { room: 'B 12' },
    });

    expect(letter.subject).toBe('Welcome Ada');
    expect(letter.text).toBe('Ada Byron, night, Sales, Mia Gate, Academy, B 12');
  });

  test('says the default where a person has no value, and nothing where there is no default', () => {
    const nobody = contextOf({ firstName: null, lastName: '', properties: {} });
    const letter = render(
      {
        text: '[{{ user.firstName }}|{{ user.lastName }}|{{ user.properties.shift }}|{% if user.firstName %}{% else %}{% endif %}|{{ values.when }}]',
        variables: [
          { path: 'user.firstName', default: 'colleague' },
          { path: 'user.properties.shift', default: 'day' },
          { path: 'values.when', default: 'soon' },
        ],
      },
      nobody,
    );

    expect(letter.text).toBe('[colleague||day||soon]');
  });

  test('escapes each value once in HTML, by whatever filters and tags it passes, and never in text', () => {
    const context = contextOf({ firstName: `O'Neil & <b>` });
    const once = 'O&#39;Neil &amp; &lt;b&gt;';
    const { text, html } = render(
      {
        subject: '{{ user.firstName }}',
        text: '{{ user.firstName }}|{{ user.firstName | append: "!" }}',
        html: [
          '{{ user.firstName }}',
          '{{ user.firstName | escape }}',
          '{{ user.firstName | escape_once }}',
          '{{ user.firstName | newline_to_br }}',
          '{% assign a = user.firstName %}{{ a }}',
          '{% capture c %}{{ user.firstName }}{% endcapture %}{{ c }}',
          '{% capture c %}{{ user.firstName }}{% endcapture %}{% if c != "" %}{{ c | escape }}{% endif %}',
        ].join('~'),
      },
      context,
    );

    const body = /<main dir="auto">\n([^]*)\n<\/main>/.exec(html ?? '')?.[1];
    expect(body?.split('~')).toEqual(Array.from({ length: 7 }, () => once));
    expect(html).toContain(`<title>${once}</title>`);
    expect(text).toBe(`O'Neil & <b>|O'Neil & <b>!`);
  });

  test('keeps the lines of a value that becomes HTML', () => {
    const { html } = render({
      html: '{{ values.note | newline_to_br }}',
      variables: [{ path: 'values.note', default: 'a <\nb' }],
    });

    expect(html).toContain('a &lt;<br>\nb');
  });

  test('has its text as HTML where no HTML is written: paragraphs, lines, links', () => {
    const { html } = render({
      text: 'Hello {{ user.firstName }},\n\nsee https://learn.example/a?b=1&c=2.\nBye <3\n',
    });

    expect(html).toContain(
      '<p dir="auto">Hello Ada,</p>\n<p dir="auto">see <a href="https://learn.example/a?b=1&amp;c=2">https://learn.example/a?b=1&amp;c=2</a>.<br>\nBye &lt;3</p>',
    );
    expect(html).toContain('<html lang="de-AT">');
  });

  test('names no language where the one of the person is not known', () => {
    const { html } = render({ text: 'مرحبا' }, contextOf({ locale: null }));

    expect(html).toContain('<html>');
  });

  test('keeps a document of its own as it is', () => {
    const { html } = render({
      html: '<!DOCTYPE html><html lang="en"><p>{{ user.code }}</p></html>',
    });

    expect(html).toBe('<!DOCTYPE html><html lang="en"><p>7</p></html>');
  });

  test('has one line as its subject, whatever a value holds, and 200 characters at most', () => {
    const broken = contextOf({ firstName: 'Ada\r\nBcc: all@example.org\u2028\0x' });
    const long = contextOf({ firstName: 'я'.repeat(300) });

    expect(render({ subject: 'Hi {{ user.firstName }}' }, broken).subject).toBe(
      'Hi Ada Bcc: all@example.org x',
    );
    expect(Array.from(render({ subject: '{{ user.firstName }}' }, long).subject)).toHaveLength(200);
  });

  test('has lines that end with a line feed, and no character that no mail can carry', () => {
    const odd = contextOf({ firstName: 'A\r\nB\rC\fD\u0085E\0\u0007\tF' });

    expect(render({ text: '{{ user.firstName }}' }, odd).text).toBe('A\nB\nC\nD\nE\tF');
    expect(render({ subject: '{{ user.firstName }}' }, odd).subject).toBe('A B C D E F');
  });

  test('shows a bare day as that day in every zone, and an instant in the zone of the platform', () => {
    const zones = ['America/Los_Angeles', 'UTC', 'Pacific/Auckland'];
    const days = zones.map((timeZone) => {
      const there = letterEngine({ platform: { name: 'A', url: null }, timeZone });
      const text =
        '{{ user.hireDate | date: "%d.%m.%Y" }} {{ "2026-07-01T12:00:00Z" | date: "%H:%M" }}';
      return there.render(there.compile(contentOf({ text })), contextOf()).text;
    });

    expect(days).toEqual(['05.01.2026 05:00', '05.01.2026 12:00', '05.01.2026 00:00']);
  });

  test('is refused when it is larger than a letter may be', () => {
    const text = '{% for i in (1..30000) %}{{ user.firstName }}, and{% endfor %}';

    expect(() => render({ text })).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'template_limit' }) }),
    );
  });
});

describe('a letter that is checked', () => {
  test('may say what there is, locals and loops included', () => {
    const text =
      '{% assign who = user.name | upcase %}{% for i in (1..3) %}{{ forloop.index }} {{ who }}{{ i }}{% endfor %}{{ user.firstName.size }}{% if values.late %}{{ values.late }}{% endif %}';

    expect(problems({ text, variables: [{ path: 'values.late', default: null }] })).toEqual([]);
  });

  test('names each undeclared path with its place, and the nearest one', () => {
    expect(
      problems(
        {
          subject: '{{ user.fristName }}',
          text: 'a\n  {{ values.room }} {{ user.properties.shift }}\n{{ user[values.room] }}{{ user }}',
          html: '{% if password %}{% endif %}{{ user.properties.color }}',
        },
        ['shift'],
      ),
    ).toEqual([
      ['subject 1:4 unknown_variable', { path: 'user.fristName', near: 'user.firstName' }],
      ['text 2:6 unknown_variable', { path: 'values.room' }],
      ['text 3:4 unknown_variable', expect.anything()],
      ['text 3:9 unknown_variable', { path: 'values.room' }],
      ['text 3:27 unknown_variable', { path: 'user' }],
      ['html 1:7 unknown_variable', { path: 'password' }],
      ['html 1:32 unknown_variable', { path: 'user.properties.color' }],
    ]);
  });

  test.each([
    ['{% include "a" %}', 'tag "include" not found'],
    ['{% render "/etc/hosts" %}', 'tag "render" not found'],
    ['{% layout "a" %}', 'tag "layout" not found'],
    ['{{ user.name | raw }}', 'undefined filter: raw'],
    ['{{ user.name | shout }}', 'undefined filter: shout'],
    ['{{ user.name ', 'output "{{ user.name " not closed'],
    ['{% if user.name %}', 'tag {% if user.name %} not closed'],
  ])('refuses %s with its place', (template, said) => {
    expect(problems({ text: `first\n  ${template}` })).toEqual([
      ['text 2:3 template_syntax', { said }],
    ]);
  });

  test.each([
    '{{ user.constructor }}',
    '{{ user.name.constructor }}',
    '{{ user.__proto__ }}',
    '{{ values.toString }}',
  ])('refuses the inherited %s', (text) => {
    expect(problems({ text })).toEqual([['text 1:4 unknown_variable', expect.anything()]]);
  });

  test('is refused where it fails for a person without values', () => {
    expect(problems({ text: '{% assign x = user.name | split: "" %}{{ x.foo }}' })).toEqual([
      ['text 1:42 template_fault', { said: 'undefined variable: x.foo' }],
    ]);
  });

  test('is refused when it is too large, or when it repeats more than a letter may', () => {
    const loop = '{% for i in (1..5000) %}{% for j in (1..5000) %}{% endfor %}{% endfor %}';

    expect(problems({ text: 'x'.repeat(100_001) })).toEqual([
      ['text 1:1 template_limit', { most: '100000' }],
    ]);
    expect(problems({ text: loop })).toEqual([
      [expect.stringMatching(/^text 1:\d+ template_limit$/), {}],
    ]);
  });
});

test('a letter needs what nothing takes care of', () => {
  const needs = engine.needs(
    contentOf({
      subject: '{{ user.jobTitle }} {{ user.name }}',
      text: '{{ user.firstName }}{{ user.lastName }}{{ user.location | default: "here" }}{{ organization.name }}{{ user.properties.shift }}{{ platform.url }}{{ values.a }}',
      html: '{% if user.firstName %}{{ user.firstName }}{% endif %}{% unless user.locale %}{{ user.locale }}{% endunless %}',
      variables: [
        { path: 'user.lastName', default: 'N.' },
        { path: 'values.a', default: null },
      ],
    }),
  );

  // In the text nothing takes care of the first name; the HTML takes care of its own.
  expect(needs).toEqual([
    'organization.name',
    'user.firstName',
    'user.jobTitle',
    'user.properties.shift',
  ]);
});
