
-- The ledger of a run over cameras and hours. Part of the schema since version 6; conventions as in schema.sql.

-- Whose a recording is, and from when by the clock. Runs before version 6 have no rows.
create table source_place (
  run_id text not null,
  source_number integer not null,
  -- The camera: configured, given with --camera, or told by the file's name.
  camera text not null check (camera <> ''),
  -- When its first picture was taken, where that is known from ('filename', 'sidecar', 'operator', …), and how far it may
  -- be off either way. All null where the time of day is not known.
  wall_start_at text check (wall_start_at glob '????-??-??T*Z'),
  wall_source text check (wall_source <> ''),
  wall_error_secs real check (wall_error_secs >= 0),
  -- Share of the picture that was never analysed, as configured.
  excluded_share real not null check (excluded_share between 0 and 1),
  primary key (run_id, source_number),
  foreign key (run_id, source_number) references source (run_id, number) on delete cascade,
  check ((wall_start_at is null) = (wall_source is null) and (wall_start_at is null) = (wall_error_secs is null))
) strict, without rowid;

-- One camera in one hour. usable <= analysed <= decoded <= received; what is blind is expected without usable.
create table camera_hour (
  run_id text not null references run (id) on delete cascade,
  position integer not null check (position >= 0),
  camera text not null check (camera <> ''),
  -- Beginning of the hour; null where the time of day is not known: the row then stands for one recording.
  hour_at text check (hour_at glob '????-??-??T*Z'),
  expected_secs real not null check (expected_secs >= 0),
  received_secs real not null check (received_secs >= 0),
  decoded_secs real not null check (decoded_secs >= 0),
  analysed_secs real not null check (analysed_secs >= 0),
  usable_secs real not null check (usable_secs >= 0),
  -- Usable time multiplied by the share of the picture that is never analysed.
  excluded_secs real not null check (excluded_secs >= 0),
  primary key (run_id, position)
) strict, without rowid;

-- Serves: the newest word on a camera's hour.
create index camera_hour_by_camera on camera_hour (camera, hour_at);

-- What could not be seen in an hour, by cause.
create table camera_hour_blind (
  run_id text not null,
  position integer not null,
  -- 'camera_covered', 'recording_gap', 'signal_lost', 'damaged', 'not_analysed', …
  cause text not null check (cause <> ''),
  secs real not null check (secs >= 0),
  -- How much of it lies within a work order that was entered before it began.
  explained_secs real not null check (explained_secs >= 0),
  primary key (run_id, position, cause),
  foreign key (run_id, position) references camera_hour (run_id, position) on delete cascade
) strict, without rowid;
