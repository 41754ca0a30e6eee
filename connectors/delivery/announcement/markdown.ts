import MarkdownIt from 'markdown-it';

export interface RenderedMarkdown {
  readonly html: string;
  /** Links that are not rendered as links, as they are written: other schemes than https, places without one. */
  readonly refused: readonly string[];
}

const HTTPS = /^https:\/\/[^/]/i;

/**
 * Markdown as HTML that can be shown as it is: HTML of the writer is text, links go to https only, pictures
 * are links to them.
 */
export function renderMarkdown(markdown: string): RenderedMarkdown {
  const refused = new Set<string>();
  const renderer = new MarkdownIt('default', { html: false, linkify: false });
  renderer.disable('image');
  renderer.validateLink = (url) => {
    if (HTTPS.test(url)) return true;
    refused.add(url);
    return false;
  };
  return { html: renderer.render(markdown), refused: [...refused] };
}
