import { keyText, type ListKey } from '../files/listKey';
import { twoRowsText, type ImportOptions, type TwoRows } from '../runs/runOptions';

/** Options of an import that a named list keeps for its next files, as they are given. */
export interface ListOptions extends Partial<
  Pick<ImportOptions, 'missing' | 'blank' | 'days' | 'ignoreUnknown'> &
    Pick<ImportOptions, 'encoding' | 'delimiter' | 'headerLine' | 'escape' | 'dateFormat'>
> {
  /** Words that mean no opinion. */
  readonly nullWords?: readonly string[];
  /** As `--map` takes them. */
  readonly map?: readonly string[];
}

/** Each option that is kept → its name on the command line. */
export const LIST_OPTIONS = {
  missing: 'missing',
  blank: 'blank',
  days: 'days',
  map: 'map',
  ignoreUnknown: 'ignore-unknown',
  encoding: 'encoding',
  delimiter: 'delimiter',
  headerLine: 'header-line',
  escape: 'escape',
  dateFormat: 'date-format',
  nullWords: 'null',
} as const satisfies Readonly<Record<keyof ListOptions, string>>;

export type ListOption = keyof typeof LIST_OPTIONS;

/** Options by their names on the command line, with the texts that it takes; `null`: none. */
export type OptionTexts = Readonly<Record<string, string | null>>;

type Given = ListOptions & { readonly key?: ListKey; readonly twoRows?: TwoRows };

/** The options that a list keeps, from its settings. */
export function listOptionsOf(settings: Readonly<Record<string, unknown>>): ListOptions {
  const { options } = settings;
  // Only `operations/` and the end of a run write this jsonb, from values of this very type.
  return typeof options === 'object' && options !== null ? { ...options } : {};
}

/** The options, with the key and the rule for two rows of a list, as the command line takes them. */
export function optionTexts(options: Given): OptionTexts {
  const { key, twoRows, ...others } = options;
  return {
    ...(key === undefined ? {} : { key: keyText(key) }),
    ...(twoRows === undefined ? {} : { 'two-rows': twoRowsText(twoRows) }),
    ...Object.fromEntries(
      LIST_OPTION_NAMES.flatMap((name) => {
        const value = others[name];
        return value === undefined ? [] : [[LIST_OPTIONS[name], valueText(value)]];
      }),
    ),
  };
}

export const LIST_OPTION_NAMES: readonly ListOption[] = [
  ...(['missing', 'blank', 'days', 'map', 'ignoreUnknown', 'encoding'] as const),
  ...(['delimiter', 'headerLine', 'escape', 'dateFormat', 'nullWords'] as const),
];

function valueText(value: string | number | boolean | readonly string[]): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}

/** The options of a run that its list kept, and those that it keeps, from the stored options of the run. */
export function listOptionTexts({ fromList = {}, keeps = {} }: Readonly<Record<string, unknown>>): {
  readonly used: OptionTexts;
  readonly kept: OptionTexts;
} {
  // Only `operations/` writes these members, from values of these types.
  const used: Given = typeof fromList === 'object' ? { ...fromList } : {};
  const pairs: Readonly<Record<string, unknown>> =
    typeof keeps === 'object' && keeps !== null ? { ...keeps } : {};
  const after = Object.entries(pairs).flatMap(([name, pair]): [string, unknown][] => {
    const [was, is] = [0, 1].map((side): unknown => (Array.isArray(pair) ? pair[side] : null));
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [[name, is]];
  });
  const forgotten = after.flatMap(([name, value]) =>
    LIST_OPTION_NAMES.flatMap((known) =>
      known === name && value === null ? [[LIST_OPTIONS[known], null] as const] : [],
    ),
  );
  return {
    used: optionTexts(used),
    kept: {
      ...optionTexts(Object.fromEntries(after.filter(([, value]) => value !== null))),
      ...Object.fromEntries(forgotten),
    },
  };
}

/** `--missing deactivate --encoding windows-1252 --no-map`, in words that a shell takes. */
export function optionWords(texts: OptionTexts, quote: (text: string) => string): string {
  return Object.entries(texts)
    .map(([name, text]) => {
      if (text === null || text === 'false') return `--no-${name}`;
      return text === 'true' ? `--${name}` : `--${name} ${quote(text)}`;
    })
    .join(' ');
}
