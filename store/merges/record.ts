import type { Tx } from '../database/db';

/** Writes the images of the pairs in `merging` (images.ts). */
export async function recordImages(tx: Tx): Promise<void> {
  await tx.query(IMAGES);
}

const IMAGES = `
  with image as (
    select merge_id, 1 as part, 'user' as what, jsonb_build_object('id', absorbed) as key,
      'changed' as change, absorbed_before as before, absorbed_patch as after
    from merging
    union all
    select merge_id, 2, 'user', jsonb_build_object('id', survivor), 'changed', survivor_before, survivor_patch
    from merging
    union all
    select merge_id, 3, 'pointer', jsonb_build_object('id', id), 'changed',
      jsonb_build_object('merged_into_id', absorbed), jsonb_build_object('merged_into_id', survivor)
    from merging_pointer
    union all
    select merge_id, 4, 'identity', jsonb_build_object('source_id', source_id, 'external_id', external_id),
      'moved', jsonb_build_object('user_id', absorbed, 'record_hash', record_hash,
        'mapping_hash', mapping_hash, 'user_version', user_version),
      jsonb_build_object('user_id', survivor, 'record_hash', null, 'mapping_hash', null, 'user_version', null)
    from merging_voice
    union all
    select merge_id, 5, 'enrollment', jsonb_build_object('id', id), 'tombstoned',
      '{"tombstoned_by": null}', jsonb_build_object('tombstoned_by', merge_id)
    from merging_enrollment where survivor_row is not null
    union all
    select merge_id, 6, 'enrollment', jsonb_build_object('id', survivor_row), 'changed', before, after
    from merging_enrollment where after is not null
    union all
    select merge_id, 7, 'enrollment', jsonb_build_object('id', id), 'moved',
      jsonb_build_object('user_id', absorbed), jsonb_build_object('user_id', survivor)
    from merging_enrollment where survivor_row is null
    union all
    select merge_id, 8, 'credit', jsonb_build_object('id', id), 'tombstoned',
      '{"tombstoned_by": null}', jsonb_build_object('tombstoned_by', merge_id)
    from merging_credit where twin is not null
    union all
    select merge_id, 9, 'credit', jsonb_build_object('id', id), 'moved',
      jsonb_build_object('user_id', absorbed), jsonb_build_object('user_id', survivor)
    from merging_credit where twin is null
  )
  insert into merge_change (merge_id, n, what, key, change, before, after)
  select merge_id, row_number() over (partition by merge_id order by part, key), what, key,
    change::merge_change_kind, before, after
  from image`;
