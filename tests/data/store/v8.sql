-- Schema 8 as it was first shipped, and runs stored in it. A fixture: never edit it, add v9.sql when the schema changes.
pragma application_id = 1263878471;
pragma user_version = 8;

-- What Kuager keeps of its runs: kuager.sqlite in the data directory. This file and
-- `calibration.sql` are the schema of today; `migrate.rs` brings older databases to it. `pragma application_id` marks the file as Kuager's, `pragma user_version` says which
-- schema it has.
--
-- Conventions:
--   *_ns      an instant of a recording: whole nanoseconds from its first picture. Compared exactly.
--   *_secs    an amount of time in seconds, as real. For sums and ratios, never compared for equality.
--   *_at      an instant of the day: RFC 3339, UTC.
--   *_path    bytes of a path as the operating system gave them: names need not be UTF-8.
--   sha256    64 lower-case hexadecimal digits.
--   position  order within its parent, from 0.
--   null      unknown or not known yet, as each column says; never written as 0 or ''.
-- Names of kinds, causes, stages and reasons are those of the contract. They are not listed in CHECKs: a new kind of
-- incident must not need every table rebuilt.
--
-- Nothing here names or describes a person: people are counted, never told apart.

-- One execution of the program over its inputs, with all that is needed to repeat it. Runs are only ever added, so
-- analysing a file again replaces nothing that was said of it before.
create table run (
  -- UTC start and a random tail, sortable: '20261103T140507Z-3f9a1c'.
  id text primary key check (id <> ''),

  -- When it began, and when its last result was written. The latter is null while it runs, and stays null if it was
  -- killed or the machine stopped.
  started_at text not null check (started_at glob '????-??-??T*'),
  finished_at text check (finished_at glob '????-??-??T*'),

  -- running: at work, or ended without a word (kill -9, power cut). finished: every input was dealt with.
  -- interrupted: stopped on request, results so far kept.
  state text not null default 'running' check (state in ('running', 'finished', 'interrupted')),

  -- Version of Kuager, the subcommand ('scan'), and version of FFmpeg's libraries.
  program_version text not null,
  command text not null,
  ffmpeg_version text not null,

  -- SHA-256 over every setting that can change a result, apart from file, models and program.
  config_digest text not null check (length(config_digest) = 64 and config_digest not glob '*[^0-9a-f]*'),

  -- The closing account; all null until the run is finished or interrupted.
  -- Inputs met, readable or not.
  inputs integer check (inputs >= 0),
  -- Recording time the models looked at.
  analysed_secs real check (analysed_secs >= 0),
  -- Pictures decoded, and pictures the models looked at.
  decoded_frames integer check (decoded_frames >= 0),
  analysed_frames integer check (analysed_frames >= 0),
  -- Time by the clock on the wall, and processor time of the whole process.
  wall_secs real check (wall_secs >= 0),
  cpu_secs real check (cpu_secs >= 0),

  -- The decoder that opened, not the one asked for: 'software', 'cuda:0', 'vaapi'. Runs before version 4 of this schema
  -- knew none but software.
  decoder text not null default 'software' check (decoder <> ''),

  check ((state = 'running') = (finished_at is null)),
  check (state = 'running' or (inputs is not null and analysed_secs is not null and decoded_frames is not null
         and analysed_frames is not null and wall_secs is not null and cpu_secs is not null))
) strict;

-- Where the processor time of a run went, so that a slow run can be explained later. Only for runs with a closing
-- account.
create table run_stage (
  run_id text not null references run (id) on delete cascade,
  -- 'demux', 'decode', 'gate', 'preprocess', 'pose', 'track', 'violence', 'integrity', 'store' or 'other'.
  stage text not null check (stage <> ''),
  -- Processor time. All stages of a run add up to run.cpu_secs; 'other' is the remainder, so it may come out a
  -- few milliseconds below 0 where clocks are coarse.
  cpu_secs real not null,
  primary key (run_id, stage)
) strict, without rowid;

-- Which models spoke in a run: a flag means little without the weights it came from.
create table run_model (
  run_id text not null references run (id) on delete cascade,
  position integer not null check (position >= 0),
  -- Name on the model's card.
  name text not null check (name <> ''),
  -- Of the weights.
  sha256 text not null check (length(sha256) = 64 and sha256 not glob '*[^0-9a-f]*'),
  -- Execution provider it really ran on, not the one asked for: 'cpu', 'cuda:0'.
  provider text not null check (provider <> ''),
  primary key (run_id, position)
) strict, without rowid;

-- One recording as a run met it, and how much of it could be seen: the denominator of "nothing was flagged".
create table source (
  run_id text not null references run (id) on delete cascade,
  -- Number among the inputs of the run, from 0.
  number integer not null check (number between 0 and 4294967295),

  -- Where it lay, as given on the command line, and the same for people: bytes that are no UTF-8 replaced.
  path blob not null,
  path_display text not null,
  -- Of its bytes: the recording's name wherever it is moved. Null while a stream is still being read.
  sha256 text check (length(sha256) = 64 and sha256 not glob '*[^0-9a-f]*'),
  -- Its size; 0 for a stream that is still being read.
  bytes integer not null check (bytes >= 0),

  -- Null while the work goes on or if the run was killed in it; 1 when the analysis reached the end of the
  -- recording; 0 when it was stopped before.
  is_complete integer check (is_complete in (0, 1)),
  -- Length of the recording as far as it was read; null as is_complete is.
  duration_secs real check (duration_secs >= 0),

  -- The coverage ledger; null as is_complete is, but expected_secs also where the container does not say.
  -- usable <= analysed <= decoded <= received, within rounding.
  -- What the container declares to hold.
  expected_secs real check (expected_secs >= 0),
  -- Time the pictures that arrived stand for.
  received_secs real check (received_secs >= 0),
  -- Time that was decoded without damage.
  decoded_secs real check (decoded_secs >= 0),
  -- Time the models looked at.
  analysed_secs real check (analysed_secs >= 0),
  -- Analysed time in which the camera could see.
  usable_secs real check (usable_secs >= 0),

  -- What really decoded it: 'software', a device, or both ('cuda:0, software') where software took over in between. Null
  -- as is_complete is, where it could not be opened, and in runs before version 4 of this schema.
  decoder text check (decoder <> ''),

  primary key (run_id, number),
  check ((is_complete is null) = (duration_secs is null) and (is_complete is null) = (received_secs is null)
     and (is_complete is null) = (decoded_secs is null) and (is_complete is null) = (analysed_secs is null)
     and (is_complete is null) = (usable_secs is null))
) strict;

-- Serves: in which runs was this file analysed?
create index source_by_sha256 on source (sha256);

-- Stretches of a recording in which nothing could be seen. Neutral as to who or what caused them.
create table blind_span (
  run_id text not null,
  source_number integer not null,
  position integer not null check (position >= 0),
  -- 'camera_covered', 'damaged', 'recording_gap', …
  cause text not null check (cause <> ''),
  -- From, inclusive, to, exclusive.
  start_ns integer not null,
  end_ns integer not null check (end_ns >= start_ns),
  primary key (run_id, source_number, position),
  foreign key (run_id, source_number) references source (run_id, number) on delete cascade
) strict, without rowid;

-- A possible incident: a pointer for a person to look at, never a verdict.
create table incident (
  -- Joins reasons and regions. Means nothing outside this file.
  key integer primary key,

  run_id text not null,
  source_number integer not null,
  -- The incident's lasting name: the same file, models and configuration give the same in every run. Two copies of
  -- one file in one run share it, hence the source is part of what is unique.
  incident_id text not null check (incident_id <> ''),
  -- Running number within the source, from 0, in order of opening.
  number integer not null check (number >= 0),

  -- The visible act, or what hides acts: 'violence', 'person_down', 'camera_covered', …
  kind text not null check (kind <> ''),
  -- open: it went on when last written (or the run was killed in it), end_ns is the latest time known.
  -- ended: this is its final form.
  state text not null check (state in ('open', 'ended')),
  -- From, inclusive, to, exclusive.
  start_ns integer not null,
  end_ns integer not null check (end_ns >= start_ns),
  -- When its score was highest; the still shows this instant.
  peak_ns integer not null,
  -- Highest strength. Comparable within a kind, not between kinds.
  peak_score real not null check (peak_score between 0 and 1),
  -- How soon a person should look: worth knowing, to be reviewed, somebody may need help now.
  severity text not null check (severity in ('note', 'alert', 'urgent')),
  -- Most people involved at once; 0 where nobody was made out.
  people integer not null check (people >= 0),
  -- JPEG of the peak with region and skeletons drawn; null if none could be made, or not yet.
  still_path blob,

  unique (run_id, source_number, incident_id),
  foreign key (run_id, source_number) references source (run_id, number) on delete cascade
) strict;

-- Serves: the still of an incident, which is named without its source.
create index incident_by_id on incident (run_id, incident_id);

-- Why an incident was raised, strongest form of each reason.
create table incident_reason (
  incident_key integer not null references incident (key) on delete cascade,
  position integer not null check (position >= 0),
  -- What it speaks of; the sentence is made from it in the reader's language: 'limb_speed', 'people_close', …
  code text not null check (code <> ''),
  -- The measured value in the code's unit; null for bare facts.
  value real,
  primary key (incident_key, position)
) strict, without rowid;

-- Where in the picture to look, over time.
create table incident_region (
  incident_key integer not null references incident (key) on delete cascade,
  position integer not null check (position >= 0),
  -- When.
  media_ns integer not null,
  -- Box in pixels of the picture as displayed: left, top, extent to the right and downwards.
  x real not null,
  y real not null,
  width real not null check (width >= 0),
  height real not null check (height >= 0),
  primary key (incident_key, position)
) strict, without rowid;

-- What could not be read of an input: never silent, so that a report years later still says it.
create table input_error (
  key integer primary key,
  run_id text not null references run (id) on delete cascade,
  -- Number of the input; null where the error concerns none. No foreign key: what cannot be opened never becomes
  -- a source.
  source_number integer check (source_number between 0 and 4294967295),
  -- The file, and the same for people.
  path blob not null,
  path_display text not null,
  -- What was being done: 'open', 'demux', 'decode', 'infer', 'store', …
  stage text not null check (stage <> ''),
  -- From where on; null where that is not known.
  at_ns integer,
  -- What happened and what to do about it, one line, in English.
  message text not null,
  -- Recording time of this file that was analysed all the same.
  analysed_secs real not null check (analysed_secs >= 0),
  -- Whether the analysis went on behind it.
  is_recoverable integer not null check (is_recoverable in (0, 1))
) strict;

-- Serves: the errors of a run, and whether one is stored already.
create index input_error_by_file on input_error (run_id, path);

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

-- Entries on their way to the log beside the database. Part of the schema since version 5; conventions as in schema.sql.
-- Written in the transaction of the rows they speak of and taken out once they are in the log, so that a row that was
-- committed is logged exactly once, whenever the program is killed.
create table log_outbox (
  -- Order of writing. Never used twice: it stands in the entry as "ref".
  id integer primary key autoincrement,
  -- What the entry records, and what happened, as JSON.
  kind text not null check (kind <> ''),
  body text not null check (json_valid(body))
) strict;

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

insert into run values ('20261103T140507Z-3f9a1c', '2026-11-03T14:05:07Z', '2026-11-03T14:05:31Z', 'finished', '0.1.0',
  'scan', 'avcodec 59.37.100, avformat 59.27.100', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 1, 12.5, 375, 62, 24.25, 41.5, 'cuda:0');
insert into run_stage values ('20261103T140507Z-3f9a1c', 'decode', 11.5), ('20261103T140507Z-3f9a1c', 'pose', 30.0);
insert into run_model values ('20261103T140507Z-3f9a1c', 0, 'people', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'cpu');
-- A name in Latin-1: 'caméra.mp4', no UTF-8.
insert into source values ('20261103T140507Z-3f9a1c', 0, x'63616de972612e6d7034', 'cam�ra.mp4', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 1048576, 1,
  12.5, null, 12.5, 12.25, 12.25, 10.0, 'cuda:0, software');
insert into blind_span values ('20261103T140507Z-3f9a1c', 0, 0, 'camera_covered', 10000000000, 12250000000);
insert into incident values (1, '20261103T140507Z-3f9a1c', 0, 'v-0a1b2c3d-0', 0, 'violence', 'ended', 2000000000,
  6200000000, 4400000000, 0.9375, 'alert', 2, null);
insert into incident_reason values (1, 0, 'people_together', 2.0), (1, 1, 'whole_picture', null);
insert into incident_region values (1, 0, 4400000000, 100.5, 60.0, 80.0, 120.25);
insert into input_error values (1, '20261103T140507Z-3f9a1c', 0, x'63616de972612e6d7034', 'cam�ra.mp4', 'decode',
  12250000000, '0.25 s of damaged pictures were skipped', 12.25, 1);
insert into calibration values (1, 'block 4', '2026-11-03T15:00:00Z', 'learnt', '20261103T140507Z-3f9a1c', 0.75, 0.625, 0.5,
  0.75, 2.0, 3, 9, 1, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef');
insert into calibration_footage values (1, 0, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 10.0);
insert into calibration (camera, made_at, action) values ('block 4', '2026-11-04T08:00:00Z', 'removed');
insert into run_level values ('20261103T140507Z-3f9a1c', 'block 4', 0.75, 1);
insert into looked_span values ('20261103T140507Z-3f9a1c', 0, 0, 'analysed', 0, 10000000000), ('20261103T140507Z-3f9a1c', 0, 1, 'skipped', 10000000000, 12250000000);
insert into log_outbox (kind, body) values ('run_finished', '{"run":"20261103T140507Z-3f9a1c"}');
insert into source_place values ('20261103T140507Z-3f9a1c', 0, 'block 4', '2026-11-03T09:00:00Z', 'filename', 1.0, 0.25);
insert into camera_hour values ('20261103T140507Z-3f9a1c', 0, 'block 4', '2026-11-03T09:00:00Z', 12.5, 12.5, 12.25, 12.25, 10.0, 2.5);
insert into camera_hour_blind values ('20261103T140507Z-3f9a1c', 0, 'camera_covered', 2.5, 0.0);
insert into drill values (1, 'block 4', '2026-11-03T16:00:00Z', '0.1.0', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 2, 24.5, 'recorded', 640, 360, 12.5, 250000.0);
insert into drill_kind values (1, 'violence', 2, 1, 0);
insert into hold values (1, 'd60232a27ffb7338', '2026-11-03T14:05:20Z', 'flag', 'violence', 'kuager', 'block 4', '2026-11-03T07:00:00Z', '2026-11-03T15:00:06Z', '20261103T140507Z-3f9a1c', 0, 'v-0a1b2c3d-0');
insert into hold values (2, 'H-0123456789', '2026-11-04T09:00:00Z', 'complaint', 'told of blows', 'A. Serikova', null, '2026-11-03T07:00:00Z', '2026-11-03T15:00:00Z', null, null, null);
insert into hold_camera values (1, 0, 'block 4'), (1, 1, 'yard'), (2, 0, 'yard');
insert into hold_change values (1, 1, '2026-11-03T14:05:30Z', 'extended', '2026-11-03T15:00:12Z', null, null, null);
insert into hold_change values (2, 2, '2026-11-05T09:00:00Z', 'release_requested', null, 'A. Serikova', 'the case is closed', 'duty');
insert into hold_change values (3, 2, '2026-11-06T09:00:00Z', 'released', null, 'B. Omarov', 'the case is closed', 'head');
insert into tombstone values (1, '2027-11-03T00:00:00Z', 'stills/x/y.jpg', 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc', 1234, 'x', 'y', 'kept for a year', 'A. Serikova');
insert into held_missing values (1, 'd60232a27ffb7338', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', '/archive/yard.mp4', '2026-11-07T00:00:00Z', 'not_there');
insert into settings values (1, '20261103T140507Z-3f9a1c', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '{"fps":5.0}');
insert into run_folder values ('20261103T140507Z-3f9a1c', x'2f61726368697665');
