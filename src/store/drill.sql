-- What the settings of cameras find of staged acts. Part of the schema since version 7; conventions as in schema.sql.

-- Rows are only ever added: nobody can hide that a camera once found less. The newest row of a camera counts, as long as
-- its rules are still those of the camera's runs.
create table drill (
  key integer primary key,
  camera text not null check (camera <> ''),
  made_at text not null check (made_at glob '????-??-??T*'),
  program_version text not null,
  -- SHA-256 over settings, model cards and alarm level, as run.config_digest.
  rules_digest text not null check (length(rules_digest) = 64 and rules_digest not glob '*[^0-9a-f]*'),
  -- SHA-256 over the labels and every clip.
  clips_sha256 text not null check (length(clips_sha256) = 64 and clips_sha256 not glob '*[^0-9a-f]*'),
  clips integer not null check (clips > 0),
  analysed_secs real not null check (analysed_secs >= 0),
  -- as_made: the clips as they are. recorded: as the camera records, with what follows. acted_here: acted before it.
  staging text not null check (staging in ('as_made', 'recorded', 'acted_here')),
  width integer check (width > 0),
  height integer check (height > 0),
  fps real check (fps > 0),
  bits_per_sec real check (bits_per_sec > 0),
  check ((staging = 'recorded') = (width is not null) and (width is null) = (height is null)
     and (width is null) = (fps is null) and (width is null) = (bits_per_sec is null))
) strict;

-- Serves: the newest drill of a camera.
create index drill_by_camera on drill (camera);

create trigger drill_is_not_changed before update on drill begin
  select raise(abort, 'a drill is never changed');
end;
create trigger drill_is_not_deleted before delete on drill begin
  select raise(abort, 'a drill is never deleted');
end;

-- What was staged of each kind, and how much of it was found.
create table drill_kind (
  drill_key integer not null references drill (key),
  kind text not null,
  staged integer not null check (staged >= 0),
  found integer not null check (found between 0 and staged),
  false_flags integer not null check (false_flags >= 0),
  primary key (drill_key, kind)
) strict, without rowid;
