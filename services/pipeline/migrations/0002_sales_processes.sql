CREATE TABLE sales_process (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  description VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  default_version_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY sales_process_display_name (display_name, id)
);
CREATE TABLE sales_process_history LIKE sales_process;
ALTER TABLE sales_process_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
CREATE TABLE sales_process_version (
  process_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  stages MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  state TINYINT NOT NULL,
  publish_time DATETIME(6) NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (process_id, id)
);
CREATE TABLE sales_process_version_history LIKE sales_process_version;
ALTER TABLE sales_process_version_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (process_id, id, recorded_from);
