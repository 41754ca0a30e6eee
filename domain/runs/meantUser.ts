/** A user that a row may mean, as known when the plan was made. */
export interface MeantUser {
  readonly id: string;
  readonly name: string | null;
  readonly number: string | null;
  readonly inactive: boolean;
}
