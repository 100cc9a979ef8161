CREATE TABLE contact (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  account_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  phone VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  owner_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  attributes MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY contact_display_name (display_name, id),
  KEY contact_account (account_id, id),
  KEY contact_owner (owner_id, id),
  KEY contact_update_time (update_time, id)
);
CREATE TABLE contact_history LIKE contact;
ALTER TABLE contact_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (id, recorded_from);
