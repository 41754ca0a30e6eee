/** What is wrong with the bytes of a message, whoever reads it: RFC 5322, section 2.1.1, and RFC 5321, section 4.5.3.1.6. */
export function wrongBytes(raw: Buffer): string[] {
  const text = raw.toString('latin1');
  const lines = text.split('\r\n');
  const [head = ''] = text.split('\r\n\r\n', 1);
  return [
    ...(/[^\r]\n|\r(?!\n)/.test(text) ? ['a line break that is not CR LF'] : []),
    ...(/[^\t\r\n\x20-\x7e]/.test(text) ? ['a byte that is not printable ASCII'] : []),
    ...lines
      .filter(({ length }) => length > 998)
      .map(({ length }) => `a line of ${String(length)} bytes`),
    ...(/^[ \t]*$/m.test(head.replaceAll('\r\n', '\n'))
      ? ['a header line of nothing but spaces']
      : []),
  ];
}

/** The names of the headers of each part, sorted: of a message that has two parts, or none. */
export function mimeParts(raw: Buffer): string[][] {
  const text = raw.toString('latin1');
  const boundary = /^Content-Type: multipart\/[^;]*;\s*boundary="([^"]+)"/im.exec(text)?.[1];
  if (boundary === undefined) return [];
  return text
    .split(`\r\n--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = ''] = part.replace(/^\r\n/, '').split('\r\n\r\n', 1);
      return head
        .split(/\r\n(?![ \t])/)
        .map((line) => (line.split(':', 1)[0] ?? '').toLowerCase())
        .sort();
    });
}
