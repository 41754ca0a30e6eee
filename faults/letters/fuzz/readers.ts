import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { simpleParser, type AddressObject } from 'mailparser';
import { trimmedLines, type ReadBack } from './expected';
import { mimeParts } from './raw';

/** Reads a message, as a program that gets it would. */
export type Reader = (raw: Buffer) => Promise<ReadBack>;

/** mailparser; the headers of the parts are read by our own rules, because it gives none. */
export const readByMailparser: Reader = async (raw) => {
  const mail = await simpleParser(raw, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  });
  return {
    headers: mail.headerLines.map(({ key }) => key).sort(),
    parts: mimeParts(raw),
    subject: mail.subject ?? '',
    from: peopleOf(mail.from),
    to: [mail.to].flat().flatMap(peopleOf),
    text: trimmedLines(mail.text ?? ''),
    html: typeof mail.html === 'string' ? trimmedLines(mail.html) : null,
  };
};

function peopleOf(object: AddressObject | undefined): string[] {
  return (object?.value ?? []).map(({ name, address = '' }) => named(name, address));
}

const named = (name: string, address: string): string =>
  name === '' ? address : `${name} <${address}>`;

/** One message a line, in base64; one answer a line, in JSON. */
const PYTHON = `
import base64, json, re, sys
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import getaddresses

def unfolded(header):
    return re.sub(r'\\r?\\n(?=[ \\t])', '', header)

def read(raw):
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    def body(kind):
        part = mail.get_body(preferencelist=(kind,))
        return None if part is None else part.get_content()
    # Not by the headers of this policy: findings/mail/python-parts-long-names.sh
    plain = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    def people(name):
        return [[str(make_header(decode_header(shown))), address]
                for shown, address in getaddresses([unfolded(h) for h in plain.get_all(name, [])])]
    return {
        'headers': [name.lower() for name in mail.keys()],
        'parts': [[name.lower() for name in part.keys()] for part in mail.iter_parts()],
        'subject': mail['subject'] or '', 'from': people('from'), 'to': people('to'),
        'text': body('plain') or '', 'html': body('html'),
    }

for line in sys.stdin:
    try:
        answer = read(base64.b64decode(line))
    except Exception as error:
        answer = {'error': repr(error)}
    print(json.dumps(answer), flush=True)
`;

interface PythonAnswer {
  readonly error?: string;
  readonly headers: string[];
  readonly parts: string[][];
  readonly subject: string;
  readonly from: [string, string][];
  readonly to: [string, string][];
  readonly text: string;
  readonly html: string | null;
}

export interface PythonReader {
  readonly version: string;
  readonly read: Reader;
  close(): void;
}

/** Python's own email package; undefined where there is no Python. */
export async function openPython(): Promise<PythonReader | undefined> {
  const version = await pythonVersion();
  if (version === undefined) return undefined;
  const child = spawn('python3', ['-c', PYTHON], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    version,
    read: async (raw) => {
      child.stdin.write(`${raw.toString('base64')}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error('Python ended');
      const answer: PythonAnswer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(`Python: ${answer.error}`);
      return {
        headers: answer.headers.sort(),
        parts: answer.parts.map((names) => names.sort()),
        subject: answer.subject,
        from: answer.from.map(([name, address]) => named(name, address)),
        to: answer.to.map(([name, address]) => named(name, address)),
        text: trimmedLines(answer.text),
        html: answer.html === null ? null : trimmedLines(answer.html),
      };
    },
    close: () => {
      child.stdin.end();
    },
  };
}

function pythonVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('python3', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    child.on('error', () => {
      resolve(undefined);
    });
    child.on('close', (code) => {
      resolve(code === 0 ? said.trim() : undefined);
    });
  });
}
