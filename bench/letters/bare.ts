import { createTransport } from 'nodemailer';
import { DEFAULT_CONNECTIONS } from '../../domain/letters/limits';
import type { ShownLetter } from '../../domain/letters/sink/letter';
import { seconds } from '../floor';

/** What the loop sends, and to how many. */
export interface BareLoop {
  readonly port: number;
  readonly people: number;
  /** One letter of ours, whose parts are sent to everyone. */
  readonly letter: ShownLetter;
}

/**
 * The floor: a pool of nodemailer with the options of ours, and a loop that keeps each of its connections
 * busy. It composes each message, with the name of its recipient, and remembers nothing. Returns seconds.
 */
export async function sendBare({ port, people, letter }: BareLoop): Promise<number> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: DEFAULT_CONNECTIONS,
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const state = { next: 1 };
  const lane = async (): Promise<void> => {
    while (state.next <= people) {
      const n = state.next++;
      const id = `bare.${String(n)}.0123456789abcdef@x.org`;
      const named = (text: string): string => text.replaceAll('First0', `First${String(n % 997)}`);
      await transport.sendMail({
        from: { name: 'Learning', address: 'learning@x.org' },
        to: { name: `First${String(n % 997)} Last${String(n)}`, address: `p${String(n)}@x.org` },
        subject: named(letter.subject ?? ''),
        text: named(letter.text ?? ''),
        ...(letter.html === null ? {} : { html: named(letter.html) }),
        messageId: `<${id}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        dsn: {
          ...{ id, return: 'headers', notify: ['failure', 'delay'] },
          recipient: `rfc822;p${String(n)}@x.org`,
        },
      });
    }
  };
  const passed = await seconds(() =>
    Promise.all(Array.from({ length: DEFAULT_CONNECTIONS }, lane)),
  );
  transport.close();
  return passed;
}
