/** Where a record was made; nothing of it may stand in the record. */
export interface Where {
  readonly folder: string;
  readonly home: string;
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Puts placeholders in place of what differs from one run of a scenario to the next, and of nothing
 * else: ids (numbered as they come), times, today, ports, folders and secrets that were made.
 */
export class Normal {
  readonly #where: Where;
  readonly #ids = new Map<string, string>();
  readonly #today: readonly string[];

  constructor(where: Where, now = new Date()) {
    this.#where = where;
    // The day may change under way.
    this.#today = [now, new Date(now.getTime() - 600_000)].map((at) =>
      at.toISOString().slice(0, 10),
    );
  }

  text(raw: string): string {
    let text = raw
      .replaceAll(this.#where.folder, '<folder>')
      .replaceAll(this.#where.home, '<home>')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?/g, '<time>')
      .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000/g, '<time>')
      // A file's name that a command suggests begins with the beginning of its run's id.
      .replace(/failed-[0-9a-f]{8}-[0-9a-f]{4}\.csv/g, 'failed-<run>.csv')
      // Cursors hold ids and times, too.
      .replace(/"next": "Wy[\w-]+"/g, '"next": "<cursor>"')
      .replace(/whsec_[A-Za-z0-9+/]{43}=/g, 'whsec_<secret>')
      .replace(ID, (id) => this.#nameOf(id));
    for (const day of this.#today) text = text.replaceAll(day, '<today>');
    return text;
  }

  #nameOf(id: string): string {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const name = `<id ${String(this.#ids.size + 1)}>`;
    this.#ids.set(id, name);
    return name;
  }
}
