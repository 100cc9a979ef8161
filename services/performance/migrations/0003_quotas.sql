-- seller_id is the payee's if that is a seller: row scope goes by it.
CREATE TABLE quota (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  payee VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  seller_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  measure TINYINT NOT NULL,
  imported_measure VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  calendar_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_level TINYINT NOT NULL,
  fiscal_year INT NOT NULL,
  period_number INT NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  amount DECIMAL(24,6) NOT NULL,
  currency_code VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  ramp TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY quota_seller (seller_id, id),
  KEY quota_start (start_date, id),
  UNIQUE KEY quota_of_period (payee, measure, imported_measure, calendar_id, period_level,
                              fiscal_year, period_number)
);
CREATE TABLE quota_history LIKE quota;
ALTER TABLE quota_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY quota_of_period,
  DROP KEY quota_seller,
  ADD PRIMARY KEY (id, recorded_from);
