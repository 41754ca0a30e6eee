import { pageText } from '../../output';
import type { Command } from 'commander';
import { action, commandLine, examples, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { letterText, lettersText } from '../../text/mail';
import { pageOf, pageOptions } from '../pages';

/** `rollcall mail list`, `rollcall mail show` */
export function registerMailCommands(program: Command, io: Io): void {
  const mail = program
    .command('mail')
    .description('letters in the local sink, where `up` keeps them while no mail server is set');
  examples(mail, 'rollcall mail list', 'rollcall mail show mio2k3f4000');
  examples(
    pageOptions(
      mail
        .command('list')
        .description('the letters that the sink keeps, newest first')
        .option('--to <address>', 'only letters to this address'),
      20,
    ).action(action(io, list)),
    'rollcall mail list',
    'rollcall mail list --to ann@example.com --limit 5',
  );
  examples(
    mail
      .command('show <id>')
      .description('one letter: its headers and its text; the beginning of an id is enough')
      .option('--html', 'only its HTML part, as it is')
      .option('--raw', 'the whole message as it came, after two lines of its envelope')
      .action(action(io, show)),
    'rollcall mail show mio2k3f4000',
    'rollcall mail show mio2k3f4000 --html > letter.html',
  );
}

async function list(call: Call): Promise<Answer> {
  const asked = { ...pageOf(call), ...call.options.texts('to') };
  const { mail } = await call.rollcall();
  const page = await mail.list(asked);
  const command = commandLine(call, 'rollcall mail list', ['to', 'limit']);
  return {
    document: page,
    text:
      lettersText(page.letters, call.options.text('to')) + pageText({ next: page.next, command }),
  };
}

async function show(call: Call): Promise<Answer> {
  const [id = ''] = call.args;
  const [asHtml, asRaw] = [call.options.flag('html'), call.options.flag('raw')];
  if (asHtml && asRaw) throw usage('Give --html or --raw, not both.');
  if ((asHtml || asRaw) && call.json) {
    throw usage('With --json the whole letter is one document: leave out --html and --raw.');
  }
  const { mail } = await call.rollcall();
  if (asRaw) return { stream: await mail.raw(id) };
  const letter = await mail.get(id);
  if (!asHtml) return { document: letter, text: letterText(letter) };
  if (letter.html === null) throw usage(`Letter ${letter.id} has no HTML part.`);
  return { stream: [letter.html] };
}
