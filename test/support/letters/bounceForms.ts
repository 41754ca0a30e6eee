/** What a mail server is asked to send, and says about it. */
export interface Failure {
  readonly address: string;
  /** With its angle brackets. */
  readonly messageId: string;
  readonly envelopeId?: string;
  readonly action?: 'failed' | 'delayed';
  readonly status: string;
  /** `550 5.1.1 …`; without one the server gives none. */
  readonly reply?: string;
  /** Makes one message differ from the next. */
  readonly n?: number;
}

const SUBJECT = 'Your access to the learning platform';

function letter({ address, messageId }: Failure): string {
  return [
    `Received: from rollcall.example (localhost [127.0.0.1]) by mx.example.org; Mon, 30 Nov 2026 09:58:00 +0000`,
    `From: Learning <learning@rollcall.example>`,
    `To: ${address}`,
    `Subject: ${SUBJECT}`,
    `Message-ID:`,
    ` ${messageId}`,
    `Date: Mon, 30 Nov 2026 09:58:00 +0000`,
    `MIME-Version: 1.0`,
    `Content-Type: text/plain; charset=utf-8`,
    ``,
  ].join('\n');
}

const BODY = 'Good morning,\n\nyour access is ready.\n';

interface Form {
  readonly headers: readonly string[];
  /** `multipart/report; report-type=delivery-status` and such. */
  readonly type: string;
  readonly parts: readonly (readonly [headers: readonly string[], body: string])[];
}

function mime({ headers, type, parts }: Form, boundary: string): string {
  const shown = parts.map(
    ([own, body]) => `--${boundary}\n${own.join('\n')}${own.length === 0 ? '' : '\n'}\n${body}\n`,
  );
  return [
    ...headers,
    `MIME-Version: 1.0`,
    `Content-Type: ${type};`,
    `\tboundary="${boundary}"`,
    ``,
    `This is a MIME-encapsulated message.`,
    ``,
    `${shown.join('')}--${boundary}--\n`,
  ].join('\n');
}

const date = ({ n = 0 }: Failure): string =>
  `Date: Mon, 30 Nov 2026 10:${String(Math.floor(n / 60) % 60).padStart(2, '0')}:${String(n % 60).padStart(2, '0')} +0000 (UTC)`;

function statusOf(
  failure: Failure,
  o: { readonly top: readonly string[]; readonly extra?: readonly string[] },
): string {
  const { address, action = 'failed', status, reply } = failure;
  return [
    ...o.top,
    ``,
    `Final-Recipient: rfc822; ${address}`,
    ...(o.extra ?? []),
    `Action: ${action}`,
    `Status: ${status}`,
    ...(reply === undefined ? [] : [`Diagnostic-Code: smtp; ${reply}`]),
    ``,
  ].join('\n');
}

/** Postfix 3: multipart/report, with ENVID where one was given. */
export function postfix(failure: Failure): string {
  const { address, envelopeId, reply = '', action = 'failed' } = failure;
  const isDelay = action === 'delayed';
  return mime(
    {
      headers: [
        `Return-Path: <>`,
        `Received: by mx.example.org (Postfix) id 4B2C1; Mon, 30 Nov 2026 10:00:00 +0000 (UTC)`,
        date(failure),
        `From: MAILER-DAEMON@mx.example.org (Mail Delivery System)`,
        `Subject: ${isDelay ? 'Delayed Mail (still being retried)' : 'Undelivered Mail Returned to Sender'}`,
        `To: bounces@rollcall.example`,
        `Auto-Submitted: auto-replied`,
        `Message-Id: <20261130100000.4B2C1@mx.example.org>`,
      ],
      type: 'multipart/report; report-type=delivery-status',
      parts: [
        [
          [`Content-Description: Notification`, `Content-Type: text/plain; charset=us-ascii`],
          `This is the mail system at host mx.example.org.\n\n<${address}>: host mail.example.org said:\n    ${reply} (in reply to RCPT TO command)\n`,
        ],
        [
          [`Content-Description: Delivery report`, `Content-Type: message/delivery-status`],
          statusOf(failure, {
            top: [
              `Reporting-MTA: dns; mx.example.org`,
              ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
              `X-Postfix-Queue-ID: 4B2C0`,
              `X-Postfix-Sender: rfc822; bounces@rollcall.example`,
              `Arrival-Date: Mon, 30 Nov 2026 09:58:00 +0000 (UTC)`,
            ],
            extra: [`Original-Recipient: rfc822;${address}`],
          }),
        ],
        [
          [`Content-Description: Undelivered Message Headers`, `Content-Type: text/rfc822-headers`],
          letter(failure),
        ],
      ],
    },
    '4B2C1.1764496800/mx.example.org',
  );
}

/** Exim 4.9: Status 5.0.0 whatever the reply was, the whole letter, X-Failed-Recipients. */
export function exim(failure: Failure): string {
  const { address, reply = '' } = failure;
  return mime(
    {
      headers: [
        `Received: from Debian-exim by mx.example.net with local (Exim 4.96) id 1r8abc-0001; Mon, 30 Nov 2026 10:00:00 +0000`,
        `X-Failed-Recipients: ${address}`,
        `Auto-Submitted: auto-replied`,
        `From: Mail Delivery System <Mailer-Daemon@mx.example.net>`,
        `To: bounces@rollcall.example`,
        `Subject: Mail delivery failed: returning message to sender`,
        `Message-Id: <E1r8abc-0001@mx.example.net>`,
        date(failure),
      ],
      type: 'multipart/report; report-type=delivery-status',
      parts: [
        [
          [`Content-type: text/plain; charset=us-ascii`],
          `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered.\n\n  ${address}\n    ${reply}\n`,
        ],
        [
          [`Content-type: message/delivery-status`],
          [
            `Reporting-MTA: dns; mx.example.net`,
            ``,
            `Action: failed`,
            `Final-Recipient: rfc822;${address}`,
            `Status: 5.0.0`,
            `Remote-MTA: dns; mail.example.net`,
            ...(reply === '' ? [] : [`Diagnostic-Code: smtp; ${reply}`]),
            ``,
          ].join('\n'),
        ],
        [
          [`Content-type: message/rfc822`],
          `Return-path: <bounces@rollcall.example>\n${letter(failure)}\n${BODY}`,
        ],
      ],
    },
    '1764496800-eximdsn-1804289383',
  );
}

/** Exim before it wrote reports: text alone, the letter behind a line of dashes. */
export function oldExim(failure: Failure): string {
  const { address, reply = '' } = failure;
  return [
    `X-Failed-Recipients: ${address}`,
    `Auto-Submitted: auto-replied`,
    `From: Mail Delivery System <Mailer-Daemon@mx.example.net>`,
    `To: bounces@rollcall.example`,
    `Subject: Mail delivery failed: returning message to sender`,
    date(failure),
    ``,
    `This message was created automatically by mail delivery software.`,
    ``,
    `  ${address}`,
    `    SMTP error from remote mail server after RCPT TO:<${address}>:`,
    `    ${reply}`,
    ``,
    `------ This is a copy of the message, including all the headers. ------`,
    ``,
    letter(failure),
    `Not code 5.7.1 of a server, but of the letter.`,
    ``,
  ].join('\n');
}

/** OpenSMTPD 6.8: multipart/mixed, 5.0.0, no Diagnostic-Code, no ENVID, no Auto-Submitted. */
export function openSmtpd(failure: Failure): string {
  const { address, action = 'failed', reply = '' } = failure;
  return mime(
    {
      headers: [
        `Return-Path: <>`,
        `Subject: Delivery status notification: ${action === 'failed' ? 'error' : 'delay'}`,
        `From: Mailer Daemon <MAILER-DAEMON@mx.example.com>`,
        `To: bounces@rollcall.example`,
        date(failure),
      ],
      type: 'multipart/mixed',
      parts: [
        [
          [`Content-Description: Notification`, `Content-Type: text/plain; charset=us-ascii`],
          `    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n${address}: ${reply}\n`,
        ],
        [
          [`Content-Description: Delivery Report`, `Content-Type: message/delivery-status`],
          [
            `Reporting-MTA: dns; mx.example.com`,
            ``,
            `Final-Recipient: rfc822; ${address}`,
            `Action: ${action}`,
            `Status: ${action === 'failed' ? '5.0.0' : '4.0.0'}`,
            ``,
          ].join('\n'),
        ],
        [
          [`Content-Description: Message headers`, `Content-Type: text/rfc822-headers`],
          letter(failure),
        ],
      ],
    },
    '8f3d6a1c5b7e/mx.example.com',
  );
}

/** Exchange Online: HTML, a diagnostic text of its own, References to the letter. */
export function exchange(failure: Failure): string {
  const { messageId, reply = '' } = failure;
  const text = mime(
    {
      headers: [],
      type: 'multipart/alternative',
      parts: [
        [
          [`Content-Type: text/plain; charset="us-ascii"`],
          `Your message couldn't be delivered.\n\n${reply}\n`,
        ],
        [
          [
            `Content-Type: text/html; charset="us-ascii"`,
            `Content-Transfer-Encoding: quoted-printable`,
          ],
          `<html><body>Your message couldn't be delivered.<br>=\nRecipient not found</body></html>\n`,
        ],
      ],
    },
    'inner',
  );
  const [, kind = '', inner = ''] =
    /Content-Type: (multipart\/alternative;\n[^\n]*)\n\n([^]*)$/.exec(text) ?? [];
  return mime(
    {
      headers: [
        `From: <postmaster@contoso.example>`,
        `To: <bounces@rollcall.example>`,
        date(failure),
        `X-MS-Exchange-Message-Is-Ndr:`,
        `Content-Language: en-US`,
        `Message-ID: <8d1f0a@AM0PR01.prod.example>`,
        `In-Reply-To: ${messageId}`,
        `References: ${messageId}`,
        `Subject: Undeliverable: ${SUBJECT}`,
        `Auto-Submitted: auto-replied`,
      ],
      type: 'multipart/report; report-type=delivery-status',
      parts: [
        [[`Content-Type: ${kind}`], inner],
        [
          [`Content-Type: message/delivery-status`],
          statusOf(failure, {
            top: [
              `Reporting-MTA: dns;AM0PR01.prod.example`,
              `Received-From-MTA: dns;rollcall.example`,
              `Arrival-Date: Mon, 30 Nov 2026 09:58:00 +0000`,
            ],
          }),
        ],
        [[`Content-Type: message/rfc822`], `${letter(failure)}\n${BODY}`],
      ],
    },
    '_000_9d2c1b_',
  );
}

/** Gmail: a picture beside the text, X-Failed-Recipients, the whole letter. */
export function gmail(failure: Failure): string {
  const { address, messageId, reply = '' } = failure;
  return mime(
    {
      headers: [
        `Return-Path: <>`,
        `From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>`,
        `To: bounces@rollcall.example`,
        `Auto-Submitted: auto-replied`,
        `Subject: Delivery Status Notification (Failure)`,
        `References: ${messageId}`,
        `In-Reply-To: ${messageId}`,
        `X-Failed-Recipients: ${address}`,
        `Message-ID: <656c.mr@google.example>`,
        date(failure),
      ],
      type: 'multipart/report; report-type=delivery-status',
      parts: [
        [
          [`Content-Type: multipart/related; boundary="related"`],
          `--related\nContent-Type: multipart/alternative; boundary="alt"\n\n--alt\nContent-Type: text/plain; charset="UTF-8"\n\n** Address not found **\n\nYour message wasn't delivered to ${address}.\n\n${reply}\n--alt\nContent-Type: text/html; charset="UTF-8"\n\n<html><b>Address not found</b></html>\n--alt--\n--related\nContent-Type: image/png; name="icon.png"\nContent-Disposition: attachment; filename="icon.png"\nContent-Transfer-Encoding: base64\nContent-ID: <icon.png>\n\niVBORw0KGgo=\n--related--`,
        ],
        [
          [`Content-Type: message/delivery-status`],
          statusOf(failure, {
            top: [
              `Reporting-MTA: dns; googlemail.example`,
              `Arrival-Date: Mon, 30 Nov 2026 01:58:00 -0800 (PST)`,
              `X-Original-Message-ID: ${messageId}`,
            ],
          }),
        ],
        [[`Content-Type: message/rfc822`], `${letter(failure)}\n${BODY}`],
      ],
    },
    '000000000000a1b2c3',
  );
}

/** An absence note: an answer to the letter, no bounce. */
export function outOfOffice(failure: Failure): string {
  const { address, messageId } = failure;
  return [
    `From: ${address}`,
    `To: learning@rollcall.example`,
    `Subject: Automatic reply: ${SUBJECT}`,
    `In-Reply-To: ${messageId}`,
    `References: ${messageId}`,
    `Auto-Submitted: auto-replied`,
    `X-Auto-Response-Suppress: All`,
    date(failure),
    ``,
    `I am away until 5.1.2027. 550 5.1.1 is not my number.`,
    ``,
  ].join('\n');
}

/** A complaint of a mail provider's user (RFC 5965). */
export function complaint(failure: Failure): string {
  return mime(
    {
      headers: [
        `From: <feedback@isp.example>`,
        `To: <bounces@rollcall.example>`,
        `Subject: FW: ${SUBJECT}`,
        date(failure),
      ],
      type: 'multipart/report; report-type=feedback-report',
      parts: [
        [[`Content-Type: text/plain`], 'This is an email abuse report.\n'],
        [
          [`Content-Type: message/feedback-report`],
          `Feedback-Type: abuse\nUser-Agent: Feedback/1.0\nVersion: 1\nOriginal-Rcpt-To: <${failure.address}>\n`,
        ],
        [[`Content-Type: message/rfc822`], `${letter(failure)}\n${BODY}`],
      ],
    },
    'part1',
  );
}

/** Several messages as an mbox; a line that begins with From is quoted. */
export function mbox(messages: readonly string[]): string {
  return messages
    .map(
      (text) =>
        `From MAILER-DAEMON Mon Nov 30 10:00:00 2026\n${text.replace(/^(>*From )/gm, '>$1')}\n`,
    )
    .join('');
}
