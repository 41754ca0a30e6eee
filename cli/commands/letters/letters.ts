import { pageText } from '../../output';
import type { Command } from 'commander';
import type { EditLetter } from '../../../client';
import { LETTER_CATEGORIES } from '../../../domain/letters/content';
import {
  action,
  commandLine,
  examples,
  offering,
  repeatable,
  type Answer,
  type Call,
} from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';
import { lettersText, letterText, previewedText, testedText } from '../../text/letter';
import { overwriting, writeOutput } from '../../writeFile';
import { pageOf, pageOptions } from '../pages';
import { givenText, givenValues } from './given';

/** `rollcall letters …`, without `send`. */
export function registerLettersCommands(letters: Command, io: Io): void {
  examples(
    letters,
    'rollcall letters create --name Welcome --subject "Welcome" --text @welcome.txt',
  );
  registerWriting(letters, io);
  registerLooking(letters, io);
}

function registerWriting(letters: Command, io: Io): void {
  examples(
    contentOptions(
      letters
        .command('create')
        .description('keep a letter under a name; what it says is checked')
        .requiredOption('--name <name>', 'the name by which it is sent')
        .requiredOption(
          '--subject <text>',
          'its subject, one line, such as "Hello {{ user.firstName }}"',
        )
        .requiredOption('--text <text>', 'its text; @FILE reads a file'),
    ).action(action(io, create)),
    'rollcall letters create --name Welcome --subject "Welcome, {{ user.firstName }}" --text @welcome.txt',
    'rollcall letters create --name Reminder --subject "Until {{ values.day }}" --text @reminder.txt --variable values.day --variable user.firstName=colleague',
  );
  examples(
    contentOptions(
      letters
        .command('edit <letter>')
        .description('change a letter; letters that are being sent stay as they are')
        .option('--name <name>', 'another name')
        .option('--subject <text>', 'another subject')
        .option('--text <text>', 'another text; @FILE reads a file'),
    )
      .option(
        '--if-version <n>',
        'only if the letter still has this version, as `letters show` says',
      )
      .action(action(io, edit)),
    'rollcall letters edit Welcome --text @welcome.txt --if-version 3',
  );
  examples(
    letters
      .command('duplicate <letter>')
      .description('keep the same letter under another name')
      .requiredOption('--name <name>', 'the name of the new letter')
      .action(action(io, duplicate)),
    'rollcall letters duplicate Welcome --name "Welcome 2027"',
  );
  examples(
    letters
      .command('archive <letter>')
      .description('send it no more; its name is free, and campaigns keep what they sent')
      .option('--undo', 'it can be sent again; name it by its id, as `letters list --all` says')
      .action(action(io, archive)),
    'rollcall letters archive "Welcome 2026"',
  );
}

function contentOptions(command: Command): Command {
  const all = command
    .option(
      '--html <html>',
      'its HTML; @FILE reads a file. Without it the HTML is made from the text',
    )
    .option(
      '--variable <path[=default]>',
      'values.NAME is given when the letter is sent; user.firstName=TEXT stands where a person has no value; may be repeated',
      repeatable,
    )
    .option(
      '--category <category>',
      'administrative (default), or optional for letters that people may unsubscribe from',
    );
  return offering(all, { category: LETTER_CATEGORIES });
}

function registerLooking(letters: Command, io: Io): void {
  examples(
    pageOptions(
      letters.command('list').description('letters by name; without --all not the archived ones'),
    )
      .option('--all', 'archived letters, too')
      .action(action(io, list)),
    'rollcall letters list',
  );
  examples(
    letters
      .command('show <letter>')
      .description('a letter as it is written, with its version')
      .action(action(io, show)),
    'rollcall letters show Welcome',
  );
  examples(
    letters
      .command('preview <letter> <user>')
      .description('the letter as a person would get it; nothing is sent')
      .option(
        '--value <name=text>',
        'a value that the letter asks for; may be repeated',
        repeatable,
      )
      .option('--write-html <file>', 'write the HTML to this file, for a browser')
      .option('--force', 'with --write-html: overwrite a file that exists')
      .action(action(io, preview)),
    'rollcall letters preview Welcome anna@example.com --write-html welcome.html',
  );
  examples(
    letters
      .command('test <letter>')
      .description('send it once, to an address of yours, as a person would get it')
      .requiredOption('--to <address>', 'the address that gets it')
      .option('--user <user>', 'the person whose values it has (default: a made-up person)')
      .option(
        '--value <name=text>',
        'a value that the letter asks for; may be repeated',
        repeatable,
      )
      .action(action(io, test)),
    'rollcall letters test Welcome --to me@example.com --user anna@example.com',
  );
}

async function create(call: Call): Promise<Answer> {
  const { letters } = await call.rollcall();
  const { name = '', subject = '', text = '', ...rest } = await contentOf(call);
  const letter = await letters.create({ name, subject, text, ...rest });
  return { document: letter, text: letterText(letter) };
}

async function edit(call: Call): Promise<Answer> {
  const given = await contentOf(call);
  if (Object.keys(given).length === 0) throw usage('Give what changes, such as --text @FILE.');
  const { letters } = await call.rollcall();
  const ifVersion = call.options.number('ifVersion', 1);
  const letter = await letters.edit({
    letter: call.args[0] ?? '',
    ...given,
    ...(ifVersion === undefined ? {} : { ifVersion }),
  });
  return { document: letter, text: letterText(letter) };
}

async function contentOf({ options }: Call): Promise<Omit<EditLetter, 'letter' | 'ifVersion'>> {
  const { text, html, ...rest } = options.texts('name', 'subject', 'text', 'html', 'category');
  const variables = options.list('variable');
  return {
    ...rest,
    ...(text === undefined ? {} : { text: await givenText('text', text) }),
    ...(html === undefined ? {} : { html: await givenText('html', html) }),
    ...(variables.length === 0 ? {} : { variables: variables.filter((one) => one !== '') }),
  };
}

async function duplicate(call: Call): Promise<Answer> {
  const { letters } = await call.rollcall();
  const name = call.options.text('name') ?? '';
  const letter = await letters.duplicate({ letter: call.args[0] ?? '', name });
  return { document: letter, text: letterText(letter) };
}

async function archive(call: Call): Promise<Answer> {
  const { letters } = await call.rollcall();
  const [name = ''] = call.args;
  const letter = await letters.archive({ letter: name, undo: call.options.flag('undo') });
  return { document: letter, text: letterText(letter) };
}

async function list(call: Call): Promise<Answer> {
  const { letters } = await call.rollcall();
  const page = await letters.list({ ...pageOf(call), all: call.options.flag('all') });
  const command = commandLine(call, 'rollcall letters list', ['all', 'limit']);
  return {
    document: page,
    text: lettersText(page.letters) + pageText({ next: page.next, command }),
  };
}

async function show(call: Call): Promise<Answer> {
  const { letters } = await call.rollcall();
  const letter = await letters.get(call.args[0] ?? '');
  return { document: letter, text: letterText(letter) };
}

async function preview(call: Call): Promise<Answer> {
  const values = givenValues(call.options.list('value'));
  const { letters } = await call.rollcall();
  const [letter = '', user = ''] = call.args;
  const shown = await letters.preview({ letter, user, values });
  const file = call.options.text('writeHtml');
  if (file !== undefined) {
    const command = commandLine(call, 'rollcall letters preview', ['value']);
    const instead = (name: string): string => `${command} --write-html ${name}`;
    await writeOutput(file, [shown.html ?? ''], overwriting(call, instead));
  }
  return { document: shown, text: previewedText(shown, file) };
}

async function test(call: Call): Promise<Answer> {
  const { options } = call;
  const values = givenValues(options.list('value'));
  const { letters } = await call.rollcall();
  const sent = await letters.test({
    letter: call.args[0] ?? '',
    to: options.text('to') ?? '',
    ...options.texts('user'),
    values,
  });
  return { document: sent, text: testedText(sent) };
}
