import type { Offered, OfferedOption, Takes } from './tree';

/** The shells for which completion is written. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that completes the commands of the tree in a shell. */
export function completionScript(shell: Shell, commands: readonly Offered[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

const quoted = (words: readonly string[]): string => `'${words.join(' ')}'`;
const where = ({ path }: Offered): string => path.map((word) => ` ${word}`).join('');
const flagsOf = ({ options }: Offered): string[] => options.flatMap(({ flags }) => flags.slice(-1));

/** `case` patterns of the options that take a value, with the words that give the values. */
function valueCases(commands: readonly Offered[], give: (takes: Takes) => string): string {
  const cases = new Map<string, string[]>();
  for (const command of commands) {
    for (const { flags, takes } of command.options) {
      if (takes.kind === 'nothing') continue;
      const given = give(takes);
      const patterns = flags.map((flag) => `'${where(command)} ${flag}'`);
      cases.set(given, [...(cases.get(given) ?? []), ...patterns]);
    }
  }
  return [...cases].map(([given, patterns]) => `    ${patterns.join('|')}) ${given} ;;\n`).join('');
}

/** `case` patterns of all options that take a value: what follows them is no operand. */
function withValue(commands: readonly Offered[]): string {
  const all = commands.flatMap((command) =>
    command.options
      .filter(({ takes }) => takes.kind !== 'nothing')
      .flatMap(({ flags }) => flags.map((flag) => `'${where(command)} ${flag}'`)),
  );
  return all.join('|');
}

/** `case` patterns of all commands. */
const known = (commands: readonly Offered[]): string =>
  commands
    .filter(({ path }) => path.length > 0)
    .map((command) => `'${where(command)}'`)
    .join('|');

/** Finds the command that was typed so far: `at` is the first word after the program. */
const walk = (commands: readonly Offered[], word: string): string => `
  for (( ; at < last; at++ )); do
    word=${word}
    case "$where $word" in
      ${withValue(commands)}) (( at++ )) ;;
      ${known(commands)}) where="$where $word" ;;
    esac
  done`;

function bash(commands: readonly Offered[]): string {
  const give = (takes: Takes): string => {
    if (takes.kind === 'choices') return `values=${quoted(takes.choices)}`;
    if (takes.kind === 'file') return 'compopt -o default 2>/dev/null; return';
    return takes.kind === 'folder' ? 'compopt -o dirnames 2>/dev/null; return' : 'return';
  };
  const offers = commands.map((command) => {
    const names = command.commands.map(({ name }) => name);
    const files = command.operand.kind === 'file' ? ' files=1' : '';
    return `    '${where(command)}') names=${quoted(names)}${files} flags=${quoted(flagsOf(command))} ;;\n`;
  });
  return `# Completion of rollcall for bash. Printed by: rollcall completion bash
_rollcall() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" last=$COMP_CWORD at=1 where='' word prev names='' flags='' values='' files=0
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]##*/} == npx ]]; then
    [[ $COMP_CWORD -gt 1 && \${COMP_WORDS[1]} == rollcall ]] || { compopt -o default 2>/dev/null; return; }
    at=2
  fi
  prev="\${COMP_WORDS[last-1]}"
  # bash takes --option=value apart at the equals sign.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[last-2]}"; fi
${walk(commands, '"${COMP_WORDS[at]}"').slice(1)}
  case "$where $prev" in
${valueCases(commands, give)}  esac
  if [[ -n $values ]]; then COMPREPLY=($(compgen -W "$values" -- "$cur")); return; fi
  case "$where" in
${offers.join('')}  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur")); return; fi
  COMPREPLY=($(compgen -W "$names" -- "$cur"))
  (( files )) && compopt -o default 2>/dev/null
  return 0
}
complete -F _rollcall rollcall npx
`;
}

function zsh(commands: readonly Offered[]): string {
  const give = (takes: Takes): string => {
    if (takes.kind === 'choices') return `compadd -- ${takes.choices.join(' ')}; return`;
    if (takes.kind === 'file') return '_files; return';
    return takes.kind === 'folder' ? '_files -/; return' : 'return';
  };
  const described = (entries: readonly (readonly [string, string])[]): string =>
    entries.map(([name, about]) => `'${name}:${about}'`).join(' ');
  const offers = commands.map((command) => {
    const names = command.commands.map(({ name, about }) => [name, about] as const);
    const flags = command.options.flatMap(({ flags: all, about }) =>
      all.slice(-1).map((flag) => [flag, about] as const),
    );
    const files = command.operand.kind === 'file' ? ' files=1' : '';
    return `    '${where(command)}') names=(${described(names)}) flags=(${described(flags)})${files} ;;\n`;
  });
  return `#compdef rollcall
# Completion of rollcall for zsh. Printed by: rollcall completion zsh
_rollcall() {
  local -a names flags
  local at=2 last=$CURRENT where='' word files=0
  if [[ \${words[1]:t} == npx ]]; then
    [[ $CURRENT -gt 2 && $words[2] == rollcall ]] || { _files; return }
    at=3
  fi
${walk(commands, '$words[at]').slice(1)}
  case "$where $words[CURRENT-1]" in
${valueCases(commands, give)}  esac
  case "$where" in
${offers.join('')}  esac
  if [[ $words[CURRENT] == -* ]]; then _describe option flags; return; fi
  (( $#names )) && _describe command names
  (( files )) && _files
}
(( $+functions[compdef] )) && compdef _rollcall rollcall npx
`;
}

function fish(commands: readonly Offered[]): string {
  const lines = commands.flatMap((command) => {
    const at = `-n "__rollcall_at '${command.path.join(' ')}'"`;
    const file = command.operand.kind === 'file' ? [`complete -c rollcall ${at} -F`] : [];
    return [
      ...command.commands.map(
        ({ name, about }) => `complete -c rollcall ${at} -f -a ${name} -d '${about}'`,
      ),
      ...file,
      ...command.options.map((option) => `complete -c rollcall ${at} ${fishOption(option)}`),
    ];
  });
  const all = withValue(commands).split('|').join(' ');
  return `# Completion of rollcall for fish. Printed by: rollcall completion fish
complete -c rollcall -f
set -g __rollcall_commands ${known(commands).split('|').join(' ')}
set -g __rollcall_values ${all}
function __rollcall_at
    set -l where ''
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- "$where $word" $__rollcall_values
            set skip 1
        else if contains -- "$where $word" $__rollcall_commands
            set where "$where $word"
        end
    end
    test (string trim -- "$where") = "$argv[1]"
end
${lines.join('\n')}
`;
}

function fishOption({ flags, takes, about }: OfferedOption): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const value = {
    nothing: '',
    text: ' -x',
    file: ' -r -F',
    folder: ` -x -a '(__fish_complete_directories)'`,
    choices: takes.kind === 'choices' ? ` -x -a '${takes.choices.join(' ')}'` : '',
  }[takes.kind];
  return `${names.join(' ')}${value} -d '${about}'`;
}
