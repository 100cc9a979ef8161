CREATE TABLE assignment (
  seller_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  team_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  job_role_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  manager_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  region VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  share DECIMAL(7,6) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (seller_id, id),
  KEY assignment_team (team_id, seller_id, id),
  KEY assignment_manager (manager_id, seller_id, id)
);
CREATE TABLE assignment_history LIKE assignment;
ALTER TABLE assignment_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY assignment_manager,
  ADD PRIMARY KEY (seller_id, id, recorded_from);
