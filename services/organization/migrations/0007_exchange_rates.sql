CREATE TABLE exchange_rate (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  from_currency VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  to_currency VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind TINYINT NOT NULL,
  rate_date DATE NOT NULL,
  rate DECIMAL(24,12) NOT NULL,
  source VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  KEY exchange_rate_date (rate_date, id),
  UNIQUE KEY exchange_rate_of_day (from_currency, to_currency, kind, rate_date)
);
CREATE TABLE exchange_rate_history LIKE exchange_rate;
ALTER TABLE exchange_rate_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY exchange_rate_of_day,
  ADD PRIMARY KEY (id, recorded_from),
  ADD KEY exchange_rate_pair (from_currency, to_currency, kind, rate_date, id, recorded_from);
