-- Tens of millions of rows: every list that people ask for is a walk along one of these keys. The
-- history holds only what was replaced, so it stays small beside the table.
CREATE TABLE activity (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  kind TINYINT NOT NULL,
  direction TINYINT NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NULL,
  done BOOLEAN NOT NULL,
  owner_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  contact_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lead_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opportunity_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  participants MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  outcome TINYINT NOT NULL,
  outcome_note VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  description TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  source VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  attributes MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY activity_start_time (start_time, id),
  KEY activity_kind (kind, start_time, id),
  KEY activity_owner (owner_id, start_time, id),
  KEY activity_account (account_id, start_time, id),
  KEY activity_contact (contact_id, start_time, id),
  KEY activity_lead (lead_id, start_time, id),
  KEY activity_opportunity (opportunity_id, start_time, id)
);
CREATE TABLE activity_history LIKE activity;
ALTER TABLE activity_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
