CREATE TABLE competitor (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  website VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  strengths TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  weaknesses TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  attributes MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY competitor_display_name (display_name, id),
  KEY competitor_update_time (update_time, id)
);
CREATE TABLE competitor_history LIKE competitor;
ALTER TABLE competitor_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
