/** How a company's system shows its people. */
export interface Form {
  /** `list`: named, says who is absent. `upload`: unnamed. `system`: polled. `graph`: in parts. */
  readonly kind: 'list' | 'upload' | 'system' | 'graph';
  readonly status: boolean;
  readonly days: boolean;
  readonly email: boolean;
  /** Leavers stay listed, with their status or last day; otherwise they are dropped. */
  readonly leavers: 'listed' | 'dropped';
  /** What says who a row of a list is; `login` and `column`: the number, without a code beside it. */
  readonly key: 'code' | 'email' | 'login' | 'column';
  /** Some people have no value in the key column. */
  readonly bare: boolean;
}
