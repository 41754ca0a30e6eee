/** SQL: the run (by its alias) applies rows of another run as an admin resolved them. */
export function settles(run: string): string {
  return `exists (select from decision x where x.run_id = ${run}.retry_of_id and x.kind = 'resolve'
    and x.detail ->> 'followUp' = ${run}.id::text)`;
}

/** SQL: a held run (by its alias) waits for a decision of a person. */
export function awaitsDecision(run: string): string {
  return `(${run}.state = 'held' and (${run}.approved_at is null or ${run}.applied_at is not null))`;
}
