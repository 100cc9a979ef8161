-- A row is locked by whoever changes something that rows of one table alone cannot keep right.
CREATE TABLE consistency_guard (
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
);
INSERT INTO consistency_guard (name) VALUES ('plan_assignments');
CREATE TABLE plan_assignment (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  plan_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payee_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY plan_assignment_plan (plan_id, id),
  KEY plan_assignment_payee (payee_id, id),
  KEY plan_assignment_update_time (update_time, id)
);
CREATE TABLE plan_assignment_history LIKE plan_assignment;
ALTER TABLE plan_assignment_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
