import { moodByChance } from './faults';
import { openCountingServer } from './server';

/**
 * The counting mail server as a process of its own:
 * `node dist/company/smtp/main.js --folder DIR [--port N] [--rate 0.01 --seed 7]`. Prints one line of JSON
 * (`{"url","port"}`) when it listens, and ends by SIGTERM. What it took is in the folder.
 */
async function main(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? undefined : args[at + 1];
  };
  const folder = option('folder');
  const rate = Number(option('rate') ?? 0);
  const server = await openCountingServer({
    port: Number(option('port') ?? 0),
    forgets: true,
    ...(folder === undefined ? {} : { folder }),
    ...(rate > 0 ? { mood: moodByChance({ seed: Number(option('seed') ?? 1), rate }) } : {}),
  });
  process.stdout.write(`${JSON.stringify({ url: server.url, port: server.port })}\n`);
  process.once('SIGTERM', () => {
    void server.close().then(() => process.exit(0));
  });
}

void main(process.argv.slice(2));
