
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
