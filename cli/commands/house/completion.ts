import type { Command } from 'commander';
import { action, examples, type Answer, type Call } from '../../command';
import { usage } from '../../failure';
import type { Io } from '../../output';

/** `rollcall completion` */
export function registerCompletionCommand(program: Command, io: Io): void {
  examples(
    program
      .command('completion <bash|zsh|fish>')
      .description('print a script that completes commands and options at the Tab key')
      .addHelpText(
        'after',
        `
It completes \`rollcall\`; in bash and zsh also \`npx rollcall\`. To have it in each new shell:
  bash  rollcall completion bash > ~/.rollcall-completion && echo '. ~/.rollcall-completion' >> ~/.bashrc
  zsh   rollcall completion zsh > ~/.rollcall-completion && echo '. ~/.rollcall-completion' >> ~/.zshrc
        (below the line with compinit)
  fish  rollcall completion fish > ~/.config/fish/completions/rollcall.fish`,
      )
      .action(action(io, (call) => completion(call, program))),
    'rollcall completion bash > ~/.rollcall-completion',
  );
}

async function completion(call: Call, program: Command): Promise<Answer> {
  const { SHELLS, completionScript } = await import('../../completion/scripts.js');
  const { offeredBy } = await import('../../completion/tree.js');
  const [given] = call.args;
  const shell = SHELLS.find((known) => known === given);
  if (shell === undefined) {
    throw usage(`"${given ?? ''}" is no shell with completion; ${SHELLS.join(', ')} are.`);
  }
  const script = completionScript(shell, offeredBy(program));
  return call.json ? { document: { shell, script }, text: '' } : { stream: [script] };
}
