
-- What must not go, what was let go, and with which settings runs were made. Part of the schema since version 8; conventions
-- as in schema.sql. Rows are only ever added, and name runs without a foreign key: they outlive whatever is deleted.

-- What must be kept because of something that was flagged or told: all recordings of some cameras over a stretch of time.
create table hold (
  key integer primary key,
  -- Its lasting name; of a flag's hold that of the flag.
  id text not null unique check (id <> ''),
  placed_at text not null check (placed_at glob '????-??-??T*'),
  -- 'flag', 'complaint', 'death', 'injury', 'request', 'other'.
  ground text not null check (ground <> ''),
  reason text not null check (reason <> ''),
  -- Who placed it, by their own word; 'kuager' where the program did.
  placed_by text not null check (placed_by <> ''),
  -- The place whose cameras are held; null where it is one camera alone.
  place text check (place <> ''),
  -- From, inclusive, to, exclusive. Null where the flag's time of day is not known: then its recording alone is held.
  from_at text check (from_at glob '????-??-??T*Z'),
  to_at text check (to_at glob '????-??-??T*Z'),
  -- The flag that it was placed for; null where a person placed it.
  run_id text,
  source_number integer,
  incident_id text,
  check ((from_at is null) = (to_at is null)),
  check ((run_id is null) = (source_number is null) and (run_id is null) = (incident_id is null)),
  check (from_at is not null or run_id is not null)
) strict;

-- The cameras that are held.
create table hold_camera (
  hold_key integer not null references hold (key),
  position integer not null check (position >= 0),
  camera text not null check (camera <> ''),
  primary key (hold_key, position)
) strict, without rowid;

-- What became of holds.
create table hold_change (
  key integer primary key,
  hold_key integer not null references hold (key),
  changed_at text not null check (changed_at glob '????-??-??T*'),
  -- extended: the flag lasted longer, the hold goes on to `to_at`. release_requested: one person asks for its end; it stands
  -- on. released: another person agreed; from then on it holds nothing.
  step text not null check (step in ('extended', 'release_requested', 'released')),
  to_at text check (to_at glob '????-??-??T*Z'),
  by_name text check (by_name <> ''),
  ground text check (ground <> ''),
  -- The account of the system under which it was done.
  account text check (account <> ''),
  check ((step = 'extended') = (to_at is not null) and (step = 'extended') = (by_name is null)
     and (by_name is null) = (ground is null) and (by_name is null) = (account is null))
) strict;

create trigger hold_is_released_by_two before insert on hold_change
when new.step = 'released' and not exists (select 1 from hold_change c
  where c.hold_key = new.hold_key and c.step = 'release_requested' and c.by_name <> new.by_name) begin
  select raise(abort, 'a hold is released by two different people');
end;
create trigger hold_is_not_changed before update on hold begin
  select raise(abort, 'a hold is never changed');
end;
create trigger hold_is_not_deleted before delete on hold begin
  select raise(abort, 'a hold is never deleted');
end;
create trigger hold_camera_is_not_changed before update on hold_camera begin
  select raise(abort, 'a hold is never changed');
end;
create trigger hold_camera_is_not_deleted before delete on hold_camera begin
  select raise(abort, 'a hold is never deleted');
end;
create trigger hold_change_is_not_changed before update on hold_change begin
  select raise(abort, 'a hold is never changed');
end;
create trigger hold_change_is_not_deleted before delete on hold_change begin
  select raise(abort, 'a hold is never deleted');
end;

-- A file of the data directory that was let go when its time was over. Written before the file is removed.
create table tombstone (
  key integer primary key,
  removed_at text not null check (removed_at glob '????-??-??T*'),
  -- Within the data directory: 'stills/RUN/INCIDENT.jpg'.
  path text not null check (path <> ''),
  sha256 text not null check (length(sha256) = 64 and sha256 not glob '*[^0-9a-f]*'),
  bytes integer not null check (bytes >= 0),
  -- The run that it is of, and the flag that it showed.
  run_id text check (run_id <> ''),
  incident_id text check (incident_id <> ''),
  ground text not null check (ground <> ''),
  by_name text not null check (by_name <> '')
) strict;

create trigger tombstone_is_not_changed before update on tombstone begin
  select raise(abort, 'a tombstone is never changed');
end;
create trigger tombstone_is_not_deleted before delete on tombstone begin
  select raise(abort, 'a tombstone is never deleted');
end;

-- A recording that was held and is no longer where it was analysed. Each is noted once a hold.
create table held_missing (
  key integer primary key,
  hold_id text not null check (hold_id <> ''),
  sha256 text not null check (length(sha256) = 64 and sha256 not glob '*[^0-9a-f]*'),
  path_display text not null,
  found_at text not null check (found_at glob '????-??-??T*'),
  -- not_there: no file lies there, or its disk is not connected. other_size: a file of another length lies there.
  state text not null check (state in ('not_there', 'other_size')),
  unique (hold_id, sha256)
) strict;

create trigger held_missing_is_not_changed before update on held_missing begin
  select raise(abort, 'what was found missing is never changed');
end;
create trigger held_missing_is_not_deleted before delete on held_missing begin
  select raise(abort, 'what was found missing is never deleted');
end;

-- The settings and models of runs; a row only where they are other than those of the run before.
create table settings (
  key integer primary key,
  run_id text not null check (run_id <> ''),
  config_digest text not null check (length(config_digest) = 64 and config_digest not glob '*[^0-9a-f]*'),
  -- Every value by its name, sorted; commands only by their digest.
  values_json text not null check (json_valid(values_json))
) strict;

create trigger settings_are_not_changed before update on settings begin
  select raise(abort, 'settings of a run are never changed');
end;
create trigger settings_are_not_deleted before delete on settings begin
  select raise(abort, 'settings of a run are never deleted');
end;

-- The folder in which a run was started: what its relative paths mean.
create table run_folder (
  run_id text primary key check (run_id <> ''),
  folder blob not null
) strict, without rowid;
