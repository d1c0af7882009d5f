-- Each journal mode, WAL with checkpoints, mapped files, locks between two connections, backup, full-text search, vacuum.
pragma journal_mode = delete;
create table t (id integer primary key, a text, b real, c blob);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
insert into t select i, 'row ' || (i * 7919 % 20000), i / 3.0, zeroblob(20) from n;
create index t_a on t (a);
select count(*), min(a), max(a), sum(id), round(sum(b), 3) from t;

pragma journal_mode = wal;
begin; update t set b = b * 2 where id % 3 = 0; commit;
select round(sum(b), 3) from t;
pragma wal_checkpoint(truncate);
pragma mmap_size = 67108864;
select count(*) from t where a like 'row 1%';

pragma journal_mode = truncate;
delete from t where id % 5 = 0;
pragma journal_mode = persist;
update t set a = a || 'x' where id < 100;
pragma journal_mode = memory;
begin; delete from t; rollback;
select count(*) from t;
pragma journal_mode = wal;

.connection 1
.open tmp/test.db
begin immediate; update t set b = 0 where id = 1;
.connection 0
begin immediate;
select b > 0 from t where id = 1;
.connection 1
commit;
.connection 0
select b > 0 from t where id = 1;

vacuum;
pragma integrity_check;
attach 'tmp/second.db' as s;
create table s.u as select id, a from t;
begin; delete from s.u where id < 500; delete from t where id < 500; commit;
select (select count(*) from s.u), (select count(*) from t);
create virtual table f using fts5(x);
insert into f select a from t limit 2000;
select count(*) from f where f match 'row';
.backup tmp/backup.db
.open tmp/backup.db
select count(*) from t;
.sha3sum t
