-- Why employments ended stands in their list, with a note of any length that the contract allows.
ALTER TABLE seller
  MODIFY employments MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;
ALTER TABLE seller_history
  MODIFY employments MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;
ALTER TABLE seller_employment
  ADD COLUMN leave_reason TINYINT NOT NULL DEFAULT 0;
-- Secondments; what was there before is regular.
ALTER TABLE assignment
  ADD COLUMN kind TINYINT NOT NULL DEFAULT 1 AFTER external_keys,
  ADD COLUMN home_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
    AFTER kind;
ALTER TABLE assignment_history
  ADD COLUMN kind TINYINT NOT NULL DEFAULT 1 AFTER external_keys,
  ADD COLUMN home_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
    AFTER kind,
  ADD KEY assignment_history_manager (manager_id, seller_id, id, recorded_from);
CREATE TABLE absence (
  seller_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind TINYINT NOT NULL,
  share DECIMAL(7,6) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (seller_id, id)
);
CREATE TABLE absence_history LIKE absence;
ALTER TABLE absence_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (seller_id, id, recorded_from);
