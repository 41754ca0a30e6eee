import { Fault, type FaultKind, type FaultPart } from './faults';

/** Kinds of faults of what was given: one of them does not keep the others from being looked for. */
const GIVEN: ReadonlySet<FaultKind> = new Set(['usage', 'not_found', 'forbidden', 'conflict']);

/** Collects the faults of one command, so that all of them are said at once. */
export class Faults {
  readonly #found: FaultPart[];

  constructor(found: readonly FaultPart[] = []) {
    this.#found = [...found];
  }

  get found(): readonly FaultPart[] {
    return this.#found;
  }

  /** `field`: what it is about, as it was given. */
  add(field: string | null, fault: Fault): void {
    this.#found.push({ field, fault });
  }

  /** Does the work; a fault of what was given, which it throws, is collected. */
  async tries(field: string | null, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Fault) || !GIVEN.has(error.kind)) throw error;
      this.add(field, error);
    }
  }

  /** Throws what was found: a single fault as it is, of several the first one with all as its parts. */
  refuse(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    throw others.length === 0 ? first.fault : several([first, ...others]);
  }
}

/** The first one, as programs know it, with all of them as its parts. */
function several(parts: readonly [FaultPart, ...FaultPart[]]): Fault {
  const { kind, code, message, next, ways } = parts[0].fault;
  const details = parts.flatMap(({ fault }) => Object.entries(fault.details));
  return new Fault(kind, {
    code,
    message,
    next,
    ways,
    parts,
    details: Object.fromEntries(details),
  });
}
