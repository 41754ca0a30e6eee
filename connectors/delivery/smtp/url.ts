import { Fault } from '../../../domain/faults';
import { isTlsRule, TLS_RULES, type TlsRule } from '../../../domain/letters/tls';

/** A mail server, as its URL says. */
export interface SmtpServer {
  readonly host: string;
  /** `null`: 465 with `smtps`, else 587. */
  readonly port: number | null;
  /** True for `smtps`: TLS from the first byte. */
  readonly secure: boolean;
  /** `null`: the URL does not say. */
  readonly tls: TlsRule | null;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

/**
 * Reads `smtp://user:password@host:587?tls=required`. @throws Fault usage (`bad_smtp_url`), without a
 * word of the URL, which holds a password.
 */
export function smtpServerOf(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    throw badUrl('It is not a URL such as smtp://mail.example.com:587.');
  }
  const tls = url.searchParams.get('tls');
  if (tls !== null && !isTlsRule(tls)) throw badUrl(`tls must be ${TLS_RULES.join(' or ')}.`);
  const user = decoded(url.username);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? null : Number(url.port),
    secure: url.protocol === 'smtps:',
    tls,
    auth: user === '' ? null : { user, pass: decoded(url.password) },
  };
}

/** What nodemailer is given of a server; without a rule in the URL, `unsaid` holds. */
export function transportOptions(server: SmtpServer, unsaid: TlsRule | null) {
  const { host, port, secure, auth } = server;
  const rule = server.tls ?? unsaid;
  return {
    host,
    ...(port === null ? {} : { port }),
    secure,
    ...(auth === null ? {} : { auth: { user: auth.user, pass: auth.pass } }),
    // `requireTLS`: STARTTLS must succeed, with a certificate that can be trusted. `opportunisticTLS`:
    // encrypt where it works, with any certificate (RFC 7435), otherwise go on in plain text.
    ...(rule === 'required' && !secure ? { requireTLS: true } : {}),
    ...(rule === 'opportunistic'
      ? { opportunisticTLS: true, tls: { rejectUnauthorized: false } }
      : {}),
  };
}

/** True for a server on this machine, to which no listener can come between. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function badUrl(why: string): Fault {
  return new Fault('usage', {
    code: 'bad_smtp_url',
    message: `ROLLCALL_SMTP_URL cannot be used. ${why}`,
    next: 'Set it to smtp://HOST:PORT, smtp://USER:PASSWORD@HOST:PORT?tls=required or smtps://…',
  });
}
