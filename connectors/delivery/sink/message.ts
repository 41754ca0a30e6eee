import { simpleParser } from 'mailparser';

/** What is read from a message; null: the message has none. */
export interface ReadMessage {
  readonly returnPath: string;
  readonly to: string;
  readonly from: string | null;
  readonly addressedTo: string | null;
  readonly subject: string | null;
  readonly messageId: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: number;
}

/** Reads a message that begins with the lines of its envelope (`Return-Path`, `Delivered-To`). */
export async function readMessage(raw: Buffer): Promise<ReadMessage> {
  const mail = await simpleParser(raw, {
    // What is shown is what is there, without what a parser would make of it.
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    keepCidLinks: true,
    checksumAlgo: false,
  });
  const headers = mail.headerLines.map(({ line }) => headerOf(line));
  const first = (name: string): string =>
    headers.find((header) => header.name.toLowerCase() === name)?.value ?? '';
  return {
    returnPath: first('return-path').replace(/^<|>$/g, ''),
    to: first('delivered-to'),
    from: mail.from?.text ?? null,
    addressedTo:
      [mail.to ?? []]
        .flat()
        .map(({ text }) => text)
        .join(', ') || null,
    subject: mail.subject ?? null,
    messageId: mail.messageId ?? null,
    headers: headers.filter(({ name }) => !ENVELOPE.has(name.toLowerCase())),
    text: mail.text === undefined || mail.text === '' ? null : mail.text,
    html: typeof mail.html === 'string' ? mail.html : null,
    attachments: mail.attachments.length,
  };
}

const ENVELOPE = new Set(['return-path', 'delivered-to']);

/** A header line, unfolded. The parser reads its bytes as Latin-1; they may be UTF-8 (RFC 6532). */
function headerOf(latin1: string): { readonly name: string; readonly value: string } {
  const line = Buffer.from(latin1, 'latin1').toString();
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1).replace(/\r?\n[ \t]+/g, ' ');
  return { name: line.slice(0, colon), value: value.trim() };
}
