import { machine } from '../importReport';
import { judge, LIMIT, orderOf, type Pair, type Verdict } from './pairs';

export interface Compared {
  readonly what: string;
  readonly rows: number;
  /** Short hash of the older commit. */
  readonly older: string;
  /** The build of this clone. */
  readonly build: string;
}

/** One pair, printed as soon as it is measured. */
export function pairLine(pair: Pair, number: number): string {
  const times = Object.entries(pair.older).map(([scenario, { command }]) => {
    const mine = pair.this[scenario]?.command ?? Number.NaN;
    return `${scenario} ${seconds(command)} → ${seconds(mine)} (${ratio(mine / command)})`;
  });
  const [first] = orderOf(number - 1);
  return `pair ${String(number)}, ${first} first, load ${pair.load.toFixed(1)}: ${times.join(', ')}`;
}

/** All pairs, medians, spreads and verdicts, as Markdown. */
export function report(pairs: readonly Pair[], o: Compared): string {
  const verdicts = judge(pairs);
  const loads = pairs.map(({ load }) => load);
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine()}; load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. ` +
      `${o.what} of ${o.rows.toLocaleString('en-US')} people: this build (${o.build}) beside ${o.older}, ` +
      `${String(pairs.length)} pairs. "command" is the whole command, "run" its part in the worker.`,
    '',
    ...pairs.map((pair, i) => `- ${pairLine(pair, i + 1)}`),
    '',
    `| scenario | measure | ${o.older}, s | this build, s | median ratio | spread | 90 % interval | not more than 3 % worse? |`,
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...verdicts.map(line),
    '',
    summary(verdicts),
  ].join('\n');
}

function line(v: Verdict): string {
  const [least, most] = [v.ratios[0] ?? Number.NaN, v.ratios.at(-1) ?? Number.NaN];
  const cells = [
    v.scenario,
    v.measure,
    seconds(v.older),
    seconds(v.this),
    ratio(v.median),
    `${ratio(least)}–${ratio(most)}`,
    v.interval === null ? '-' : v.interval.map(ratio).join('–'),
    WORDS[v.verdict],
  ];
  return `| ${cells.join(' | ')} |`;
}

const WORDS = {
  met: 'yes',
  worse: 'no',
  undecided: 'cannot be decided',
} as const satisfies Record<Verdict['verdict'], string>;

function summary(verdicts: readonly Verdict[]): string {
  const commands = verdicts.filter(({ measure }) => measure === 'command');
  const named = (verdict: Verdict['verdict']): string =>
    commands
      .filter((one) => one.verdict === verdict)
      .map(({ scenario }) => scenario)
      .join(', ');
  if (commands.some(({ interval }) => interval === null)) {
    return 'Too few pairs to decide: at least five are needed, seven are usual.';
  }
  if (commands.every(({ verdict }) => verdict === 'met')) {
    return `Not more than 3 % worse: the median ratio of every scenario is at most ${String(LIMIT)}.`;
  }
  const worse = named('worse');
  const undecided = named('undecided');
  return [
    ...(worse === '' ? [] : [`More than 3 % worse: ${worse}.`]),
    ...(undecided === ''
      ? []
      : [
          `Cannot be decided: ${undecided}. The median is above ${String(LIMIT)}, and the interval reaches below it. ` +
            'Repeat it on an idle machine, or with more pairs.',
        ]),
  ].join(' ');
}

/** True when every scenario's whole command is not more than 3 % worse. */
export function allMet(pairs: readonly Pair[]): boolean {
  return judge(pairs).every(({ measure, verdict }) => measure !== 'command' || verdict === 'met');
}

function seconds(value: number): string {
  return value.toFixed(2);
}

function ratio(value: number): string {
  return value.toFixed(3);
}
