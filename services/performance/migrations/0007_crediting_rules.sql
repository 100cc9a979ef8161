CREATE TABLE crediting_rule (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  reason VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NULL,
  fact_kinds TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  line_match MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  credit_to TINYINT NOT NULL,
  seller_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  share DECIMAL(11,10) NOT NULL,
  overlay BOOLEAN NOT NULL,
  state TINYINT NOT NULL,
  authors TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  approver VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  approve_time DATETIME(6) NULL,
  approval_note VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY crediting_rule_display_name (display_name, id),
  KEY crediting_rule_update_time (update_time, id)
);
CREATE TABLE crediting_rule_history LIKE crediting_rule;
ALTER TABLE crediting_rule_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
