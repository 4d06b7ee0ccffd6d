-- The alarm level of cameras. Part of the schema since version 2; conventions as in schema.sql.

-- What was learnt for a camera, or that it was taken back. Rows are only ever added, so that nobody can hide that a
-- camera was once made less sensitive; the newest row of a camera counts.
create table calibration (
  key integer primary key,
  -- The camera's name, as given with --camera.
  camera text not null check (camera <> ''),
  made_at text not null check (made_at glob '????-??-??T*'),
  -- learnt: from then on `level` counts. removed: from then on the model's own level counts; all that follows is null.
  action text not null check (action in ('learnt', 'removed')),

  -- The run that looked through the footage: its sources are the footage, its incidents what was flagged there at the
  -- model's own level.
  run_id text references run (id),
  -- Probability from which a window counts in full, and within which bounds of the model's card it was chosen.
  level real check (level between lowest_level and highest_level),
  own_level real check (own_level between lowest_level and highest_level),
  lowest_level real check (lowest_level >= 0),
  highest_level real check (highest_level <= 1),
  -- Flags of possible violence an hour that were wished for at most.
  wanted_per_hour real check (wanted_per_hour >= 0),
  -- Flags of possible violence on the footage at `level` and at `own_level`.
  flags integer check (flags >= 0),
  flags_at_own integer check (flags_at_own >= 0),
  -- Whether even `highest_level` raises more flags than were wished for.
  is_noisier_than_wanted integer check (is_noisier_than_wanted in (0, 1)),
  -- SHA-256 over settings and model cards without the level: it holds only for runs with the same.
  rules_digest text check (length(rules_digest) = 64 and rules_digest not glob '*[^0-9a-f]*'),

  check ((action = 'learnt') = (run_id is not null) and (run_id is null) = (level is null)
     and (run_id is null) = (own_level is null) and (run_id is null) = (lowest_level is null)
     and (run_id is null) = (highest_level is null) and (run_id is null) = (wanted_per_hour is null)
     and (run_id is null) = (flags is null) and (run_id is null) = (flags_at_own is null)
     and (run_id is null) = (is_noisier_than_wanted is null) and (run_id is null) = (rules_digest is null))
) strict;

-- Serves: the newest word on a camera.
create index calibration_by_camera on calibration (camera);

create trigger calibration_is_not_changed before update on calibration begin
  select raise(abort, 'a calibration is never changed');
end;
create trigger calibration_is_not_deleted before delete on calibration begin
  select raise(abort, 'a calibration is never deleted');
end;

-- What a calibration was learnt on: each recording once, however often it was given.
create table calibration_footage (
  calibration_key integer not null references calibration (key),
  position integer not null check (position >= 0),
  -- Of the recording's bytes.
  sha256 text not null check (length(sha256) = 64 and sha256 not glob '*[^0-9a-f]*'),
  -- Time in which the camera could see.
  usable_secs real not null check (usable_secs >= 0),
  primary key (calibration_key, position)
) strict, without rowid;

-- The alarm level of a run that was told its camera, so that what was flagged can be judged years later.
create table run_level (
  run_id text primary key references run (id) on delete cascade,
  camera text not null check (camera <> ''),
  -- Probability from which a window counted in full.
  level real not null check (level between 0 and 1),
  -- What set it; null where it was the model's own or configured.
  calibration_key integer references calibration (key)
) strict, without rowid;
