CREATE TABLE fiscal_calendar (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  description VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  kind TINYINT NOT NULL,
  year_naming TINYINT NOT NULL,
  start_month TINYINT NOT NULL,
  week_rule VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  anchor_date DATE NULL,
  custom_periods MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  custom_end_date DATE NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY fiscal_calendar_display_name (display_name, id)
);
CREATE TABLE fiscal_calendar_history LIKE fiscal_calendar;
ALTER TABLE fiscal_calendar_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
