import { renderMarkdown } from '../../../connectors/delivery/announcement/markdown';

test.each([
  [
    '<script>alert(1)</script> **b**',
    '<p>&lt;script&gt;alert(1)&lt;/script&gt; <strong>b</strong></p>\n',
  ],
  ['<img src=x onerror=alert(1)>', '<p>&lt;img src=x onerror=alert(1)&gt;</p>\n'],
  ['[a](https://example.com "t")', '<p><a href="https://example.com" title="t">a</a></p>\n'],
  [
    '[a](https://example.com/"onclick=x)',
    '<p><a href="https://example.com/%22onclick=x">a</a></p>\n',
  ],
  ['![p](https://example.com/p.png)', '<p>!<a href="https://example.com/p.png">p</a></p>\n'],
])('%s is shown so', (markdown, html) => {
  expect(renderMarkdown(markdown)).toEqual({ html, refused: [] });
});

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'http://example.com',
  'mailto:ann@example.com',
  '//example.com',
  '/page',
  'https:example.com',
])('%s is no link', (url) => {
  const { html, refused } = renderMarkdown(`[a](${url})`);

  expect(html).not.toContain('href');
  expect(refused).toEqual([url]);
});
