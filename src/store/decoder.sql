-- What decoded a run and each of its recordings: the step to version 4. The columns are explained in schema.sql.
alter table run add column decoder text not null default 'software' check (decoder <> '');
alter table source add column decoder text check (decoder <> '');
