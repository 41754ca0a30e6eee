/** A variable of a letter. `default`: what stands where a person has no value; `null`: nothing. */
export interface Variable {
  /** `values.deadline`, `user.firstName`. */
  readonly path: string;
  readonly default: string | null;
}
