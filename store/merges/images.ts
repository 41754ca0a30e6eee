/**
 * What a merge changed, as `merge_change` records it: numbered from 1 for each merge, in the order written.
 * Played backward, row by row, they are the whole way back.
 *
 * | what         | key                             | change                       | before, after                  |
 * | ------------ | ------------------------------- | ---------------------------- | ------------------------------ |
 * | `user`       | `{"id"}`                        | changed                      | the columns that changed       |
 * | `identity`   | `{"source_id", "external_id"}`  | moved                        | `user_id` and what was emptied |
 * | `enrollment` | `{"id"}`                        | moved, changed or tombstoned | the columns that changed       |
 * | `credit`     | `{"id"}`                        | moved or tombstoned          | the columns that changed       |
 * | `delivery`   | `{"campaign_id", "n"}`          | moved or changed             | the columns that changed       |
 * | `notification` | `{"user_id", "campaign_id"}` | moved or changed             | the columns that changed       |
 * | `pointer`    | `{"id"}` of a user              | changed                      | `merged_into_id`               |
 *
 * The first image is the absorbed user, the second the survivor. Columns have their names in the database, and
 * values the form of `to_jsonb`; `version` and `updated_at`, which only grow, are not recorded.
 */
export const IMAGE_KINDS = [
  'user',
  'identity',
  'enrollment',
  'credit',
  'delivery',
  'notification',
  'pointer',
] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

/** Columns of an identity that a move writes. */
export const MOVED_IDENTITY = ['user_id', 'record_hash', 'mapping_hash', 'user_version'] as const;

/** The table that each kind of image is about. */
export const IMAGE_TABLES = {
  user: 'user',
  identity: 'identity',
  enrollment: 'enrollment',
  credit: 'external_credit',
  delivery: 'delivery',
  notification: 'notification',
  pointer: 'user',
} as const satisfies Record<ImageKind, string>;
