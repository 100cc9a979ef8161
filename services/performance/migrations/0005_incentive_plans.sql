CREATE TABLE incentive_plan (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  description VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY incentive_plan_display_name (display_name, id),
  KEY incentive_plan_update_time (update_time, id)
);
CREATE TABLE incentive_plan_history LIKE incentive_plan;
ALTER TABLE incentive_plan_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
CREATE TABLE incentive_plan_version (
  plan_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_date DATE NOT NULL,
  rules MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  description VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  state TINYINT NOT NULL,
  authors TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  findings MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  lint_time DATETIME(6) NULL,
  approvals TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  simulate_time DATETIME(6) NULL,
  activate_time DATETIME(6) NULL,
  retire_time DATETIME(6) NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (plan_id, id),
  KEY incentive_plan_version_start (plan_id, start_date, id)
);
CREATE TABLE incentive_plan_version_history LIKE incentive_plan_version;
ALTER TABLE incentive_plan_version_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (plan_id, id, recorded_from);
