-- A primary-key table, fed by changes from a socket.
-- By hand: start 'nc -lk 9999' in another terminal, then run './arctic sql -f samples/quickstart/quickstart.sql'
-- and paste the lines of changes-1.txt and changes-2.txt into nc.
SET 'execution.checkpointing.interval' = '1 s';

CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'quickstart-warehouse');
CREATE DATABASE IF NOT EXISTS lake.test_db;
CREATE TABLE IF NOT EXISTS lake.test_db.test_table (
  id INT,
  name STRING,
  op_time TIMESTAMP(6) WITH LOCAL TIME ZONE,
  PRIMARY KEY (id) NOT ENFORCED
) PARTITIONED BY (days(op_time));

CREATE TABLE cdc_source (id INT, name STRING, op_time STRING) WITH (
  'connector' = 'socket',
  'hostname' = 'localhost',
  'port' = '9999',
  'format' = 'changelog-csv',
  'changelog-csv.column-delimiter' = '|'
);

INSERT INTO lake.test_db.test_table
SELECT id, name, CAST(TO_TIMESTAMP(op_time) AS TIMESTAMP(6) WITH LOCAL TIME ZONE) FROM cdc_source;

SELECT id, name FROM lake.test_db.test_table /*+ OPTIONS('streaming' = 'true', 'monitor-interval' = '1 s') */;
