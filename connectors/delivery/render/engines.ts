import { CaptureTag, Drop, filters, Liquid, type Context } from 'liquidjs';
import { MAX_TEMPLATE_BYTES } from '../../../domain/letters/limits';
import { escapeHtml } from './layout';

/** For each render. The memory is what LiquidJS counts: about a byte for each character that is made. */
const MAX_RENDER_MS = 200;
const MAX_MEMORY = 10_000_000;

/** HTML that is escaped already: output leaves it as it is. Compares and prints as its text. */
class Markup extends Drop {
  readonly #html: string;

  constructor(html: string) {
    super();
    this.#html = html;
  }

  override valueOf(): string {
    return this.#html;
  }

  override toString(): string {
    return this.#html;
  }
}

/** What an output prints, as LiquidJS does it. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Markup) return value.valueOf();
  return Array.isArray(value) ? value.map(printed).join('') : '';
}

/** For subject and text: nothing is escaped. */
export function plainEngine(timeZone: string): Liquid {
  return engine(timeZone, {});
}

/**
 * For HTML: every output is escaped once, whatever filters it has. Without the means below, `| escape`,
 * `| newline_to_br` and `{% capture %}` escape twice (findings/liquidjs-capture-escapes-twice.sh).
 */
export function htmlEngine(timeZone: string): Liquid {
  const liquid = engine(timeZone, {
    outputEscape: (value: unknown) =>
      value instanceof Markup ? value.valueOf() : escapeHtml(printed(value)),
  });
  for (const name of ['escape', 'escape_once', 'xml_escape']) {
    liquid.registerFilter(name, (value: unknown) =>
      value instanceof Markup ? value : printed(value),
    );
  }
  liquid.registerFilter('newline_to_br', (value: unknown) =>
    value instanceof Markup
      ? value
      : new Markup(escapeHtml(printed(value)).replace(/\r?\n/g, '<br>\n')),
  );
  liquid.registerTag(
    'capture',
    class extends CaptureTag {
      override *render(context: Context): Generator<unknown, void, string> {
        yield* super.render(context);
        const scope = context.bottom();
        Reflect.set(scope, this.variable, new Markup(printed(Reflect.get(scope, this.variable))));
      }
    },
  );
  return liquid;
}

const OTHER_FILES = ['include', 'render', 'layout', 'block'];
/** Output that is not escaped lets a name become markup. Jekyll's filters of dates move a day to a zone. */
const REFUSED_FILTERS = [
  'raw',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
];

/** A bare day is that day everywhere: it has no zone that it could be moved to. */
const BARE_DAY = /^\d{4}-\d{2}-\d{2}$/;

function engine(
  timeZone: string,
  o: { readonly outputEscape?: (value: unknown) => string },
): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    // A local that only one branch assigns can be asked for.
    lenientIf: true,
    ownPropertyOnly: true,
    // No file can be named: there is none.
    templates: {},
    dynamicPartials: false,
    timezoneOffset: timeZone,
    locale: 'en-US',
    parseLimit: MAX_TEMPLATE_BYTES,
    renderLimit: MAX_RENDER_MS,
    memoryLimit: MAX_MEMORY,
    ...o,
  });
  for (const name of OTHER_FILES) Reflect.deleteProperty(liquid.tags, name);
  for (const name of REFUSED_FILTERS) Reflect.deleteProperty(liquid.filters, name);
  const date: unknown = filters['date'];
  liquid.registerFilter('date', function (value: unknown, format: unknown, zone: unknown) {
    if (typeof date !== 'function') return value;
    const given = value instanceof Markup ? value.valueOf() : value;
    const isDay = typeof given === 'string' && BARE_DAY.test(given);
    const shown: unknown = Reflect.apply(date, this, [given, format, isDay ? 0 : zone]);
    return shown;
  });
  return liquid;
}
