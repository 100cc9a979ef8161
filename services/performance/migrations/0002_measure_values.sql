-- seller_id is the subject's if that is a seller: row scope goes by it.
CREATE TABLE measure_value (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  subject VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  seller_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  measure VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  value DECIMAL(24,6) NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY measure_value_seller (seller_id, id),
  KEY measure_value_start (start_date, id),
  UNIQUE KEY measure_value_of_days (subject, measure, start_date, end_date)
);
CREATE TABLE measure_value_history LIKE measure_value;
ALTER TABLE measure_value_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY measure_value_of_days,
  DROP KEY measure_value_seller,
  ADD PRIMARY KEY (id, recorded_from);
