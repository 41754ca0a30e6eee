import type { Command } from 'commander';
import { exitOfRows } from '../../../domain/exits';
import { action, examples, type Answer, type Call } from '../../command';
import type { Io } from '../../output';
import { bouncesText } from '../../text/bounces';

/** `rollcall bounces …` */
export function registerBouncesCommands(program: Command, io: Io): void {
  const bounces = program.command('bounces').description('letters that mail servers sent back');
  examples(bounces, 'rollcall bounces import bounces.mbox');
  examples(
    bounces
      .command('import <file>')
      .description(
        'read bounces and complaints: a message, an mbox, a CSV file with a column message_id, a folder of them (also a Maildir), - for stdin. Each message counts once, however often it is imported',
      )
      .option('--dry-run', 'show what would change, and change nothing')
      .action(action(io, importFile)),
    'rollcall bounces import /var/mail/bounces --dry-run',
    'rollcall bounces import ~/Maildir/new',
    'rollcall bounces import provider.csv',
  );
}

async function importFile(call: Call): Promise<Answer> {
  const [file = ''] = call.args;
  const { bounces } = await call.rollcall();
  const document = await bounces.import({
    from: file === '-' ? call.io.stdin : file,
    dryRun: call.options.flag('dryRun'),
  });
  return { document, text: bouncesText(document), exit: exitOfRows(document.unreadable) };
}
