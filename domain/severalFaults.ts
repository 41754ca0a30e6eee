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

  /** Throws what was found: a single fault as it is, several as one fault with its parts. */
  refuse(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    throw others.length === 0 ? first.fault : several(this.#found);
  }
}

function several(parts: readonly FaultPart[]): Fault {
  const faults = parts.map(({ fault }) => fault);
  const [kind = 'usage', ...kinds] = new Set(faults.map((fault) => fault.kind));
  const steps = new Map(faults.map(({ next }) => [JSON.stringify(next), next] as const));
  const [next] = steps.values();
  return new Fault(kinds.length === 0 ? kind : 'usage', {
    code: 'several_faults',
    message: `There are ${String(parts.length)} things to correct:`,
    next: steps.size === 1 ? next : undefined,
    parts,
    details: Object.fromEntries(faults.flatMap(({ details }) => Object.entries(details))),
  });
}
