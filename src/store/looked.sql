
-- How closely each stretch of a recording was looked at. Part of the schema since version 3; conventions as in schema.sql.
-- A recording of a run before that has no rows: all of its analysed time was looked at picture by picture.
create table looked_span (
  run_id text not null,
  source_number integer not null,
  position integer not null check (position >= 0),
  -- 'analysed': picture by picture; 'gated': decoded, nothing moved; 'skipped': key pictures only, nothing moved between.
  attention text not null check (attention in ('analysed', 'gated', 'skipped')),
  -- From, inclusive, to, exclusive.
  start_ns integer not null,
  end_ns integer not null check (end_ns >= start_ns),
  primary key (run_id, source_number, position),
  foreign key (run_id, source_number) references source (run_id, number) on delete cascade
) strict, without rowid;
