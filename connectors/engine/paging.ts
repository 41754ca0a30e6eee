import { Fault } from '../../domain/faults';
import type { Answer } from '../http/http';
import { scalar, wholeNumber } from '../declaration/json';
import { at } from '../declaration/path';
import type { Injection } from './requests';
import type { DirectPage } from '../declaration/schema';
import type { Place } from './state';

/** A value in the body of an answer, or in one of its headers. */
export function locate(answer: Answer, body: unknown, where: string): unknown {
  if (!where.startsWith('header:')) return at(body, where);
  return answer.headers[where.slice('header:'.length).trim().toLowerCase()];
}

/** What a request for the page at `place` carries. */
export function pageInjections(page: DirectPage, place: Place): Injection[] {
  const size = page.size === undefined ? [] : [{ at: page.size, value: page.size.value }];
  switch (page.type) {
    case 'offset': {
      const back = place.anchor === null ? 0 : 1;
      return [...size, { at: page.send, value: (page.start ?? 0) + place.at - back }];
    }
    case 'page':
      return [...size, { at: page.send, value: page.start + place.at }];
    case 'cursor':
      return place.token === null ? size : [...size, { at: page.send, value: place.token }];
    case 'none':
    case 'nextUrl':
    case 'linkHeader':
      return size;
  }
}

export interface TurnInput {
  readonly page: DirectPage;
  readonly place: Place;
  readonly answer: Answer;
  readonly body: unknown;
  /** Rows of this page, without an anchor. */
  readonly rows: number;
  readonly total: number | null;
  /** Mark of the id of the last row. */
  readonly lastMark: string | null;
  readonly url: string;
  readonly hosts: ReadonlySet<string>;
}

export interface Turn {
  /** Null: the list has ended. */
  readonly next: Place | null;
  /**
   * Why the list no longer proves anything: it ended where it should have gone on, or an edge between
   * two pages could not be checked.
   */
  readonly broken: 'ended_early' | 'edge_unchecked' | null;
}

const ENDED_EARLY: Turn = { next: null, broken: 'ended_early' };

/** There is no next page; an object in its place does not say so. */
function isNothing(given: unknown, ends: readonly (string | number | boolean)[] = []): boolean {
  if (given === undefined || given === null || given === false) return true;
  const blank = typeof given === 'string' && given.trim() === '';
  const text = scalar(given);
  return blank || (text !== null && ends.some((end) => String(end) === text));
}

/** Where the list goes on after a page. */
export function turnPage(input: TurnInput): Turn {
  const { page, place, rows, total } = input;
  const ended: Turn = { next: null, broken: null };
  switch (page.type) {
    case 'none':
      return ended;
    case 'offset': {
      if (rows === 0) {
        // A server that returns one row a page returned only the anchor: request without it.
        const only = place.anchor !== null && total !== null && place.at < total;
        if (!only) return ended;
        return { next: { ...place, anchor: null }, broken: 'edge_unchecked' };
      }
      const step = page.step === 'size' ? (page.size?.value ?? rows) : rows;
      const next = { ...place, at: place.at + step, anchor: page.anchor ? input.lastMark : null };
      if (total !== null && page.end === 'total' && next.at >= total) return ended;
      const short = page.end === 'short' && rows < (page.size?.value ?? 0);
      return short && (total === null || next.at >= total) ? ended : { next, broken: null };
    }
    case 'page': {
      const last = page.last === undefined ? null : numberAt(input, page.last);
      const next = { ...place, at: place.at + 1, anchor: page.anchor ? input.lastMark : null };
      if (last !== null && next.at >= last) return ended;
      if (rows === 0) return { next: null, broken: last === null ? null : 'ended_early' };
      return { next, broken: null };
    }
    case 'cursor': {
      const given = locate(input.answer, input.body, page.from);
      if (isNothing(given, page.endWhen)) return ended;
      const token = scalar(given);
      if (token === null) return ENDED_EARLY;
      return { next: { ...place, token }, broken: null };
    }
    case 'nextUrl': {
      const given = locate(input.answer, input.body, page.from);
      if (isNothing(given, page.endWhen)) return ended;
      const link = scalar(given);
      if (link === null) return ENDED_EARLY;
      return { next: { ...place, token: nextUrl(input, link) }, broken: null };
    }
    case 'linkHeader': {
      const link = linkOf(input.answer.headers['link'] ?? '', page.rel);
      return link === null
        ? ended
        : { next: { ...place, token: nextUrl(input, link) }, broken: null };
    }
  }
}

function numberAt({ answer, body }: TurnInput, where: string): number | null {
  return wholeNumber(locate(answer, body, where));
}

function linkOf(header: string, rel: string): string | null {
  for (const part of header.split(/,(?=\s*<)/)) {
    const match = /^\s*<([^>]*)>(.*)$/.exec(part);
    const rels = /;\s*rel="?([^";]*)"?/i.exec(match?.[2] ?? '')?.[1] ?? '';
    if (rels.split(/\s+/).includes(rel)) return match?.[1] ?? null;
  }
  return null;
}

function nextUrl(input: TurnInput, link: string): string {
  return checkedLink(link, input.url, input.hosts);
}

/**
 * The complete link that an answer gave. A link that differs from the source only in `http` is asked
 * by https: servers behind a proxy write it, and credentials never go out without https.
 * @throws Fault `invalid`/`link_refused` for a link to a host or port that the connector does not
 * name: credentials would be sent there.
 */
export function checkedLink(link: string, from: string, hosts: ReadonlySet<string>): string {
  const base = new URL(from);
  const url = URL.canParse(link, from) ? new URL(link, from) : null;
  if (url !== null && base.protocol === 'https:' && url.protocol === 'http:') {
    const secure = new URL(url);
    secure.protocol = 'https:';
    if (hosts.has(secure.host)) return secure.href;
  }
  if (url !== null && hosts.has(url.host) && url.protocol === base.protocol) return url.href;
  throw linkRefused(url, base, hosts);
}

/** Names what is wrong with a link: its protocol, its host and its port, each by itself. */
function linkRefused(url: URL | null, base: URL, hosts: ReadonlySet<string>): Fault {
  if (url === null || url.hostname === '') {
    const what = url === null ? 'that is no address' : `by ${protocol(url)}, which is not followed`;
    return refusedLink(
      `${base.host} gives a next link ${what}.`,
      'Compare page.from of the connection file with an answer of the system.',
    );
  }
  const names = new Set([...hosts].map((host) => host.replace(/:\d+$/, '')));
  const isForeign = !names.has(url.hostname);
  const isPortForeign = !isForeign && !hosts.has(url.host);
  const differs = [
    ...(isForeign ? [`to another host, ${url.hostname}`] : []),
    ...(isPortForeign ? [`to another port, ${port(url)} instead of ${port(base)}`] : []),
    ...(url.protocol === base.protocol ? [] : [`by ${protocol(url)} instead of ${protocol(base)}`]),
  ];
  const message = `${base.host} gives a next link ${differs.join(' and ')}: not followed.`;
  if (isForeign) {
    const next = 'If that host is the vendor’s, add it to allowHosts in the declaration.';
    return refusedLink(message, next);
  }
  const correct =
    'Correct the public address in the settings of the system; its links begin with it.';
  const isOpen = isPortForeign && url.protocol === base.protocol;
  return refusedLink(
    message,
    isOpen
      ? `${correct} If it does answer on that port, add "${url.host}" to allowHosts in the declaration.`
      : correct,
  );
}

function port(url: URL): string {
  return url.port === '' ? (url.protocol === 'http:' ? '80' : '443') : url.port;
}

function protocol(url: URL): string {
  return url.protocol.replace(/:$/, '');
}

function refusedLink(message: string, next: string): Fault {
  return new Fault('invalid', { code: 'link_refused', message, next });
}
