CREATE TABLE incentive_period (
  plan_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  description VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  state TINYINT NOT NULL,
  calculation TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  review TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  approval TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  reopening TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  close_time DATETIME(6) NULL,
  pay_time DATETIME(6) NULL,
  payment_reference VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (plan_id, id),
  KEY incentive_period_start (plan_id, start_date, id)
);
CREATE TABLE incentive_period_history LIKE incentive_period;
ALTER TABLE incentive_period_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (plan_id, id, recorded_from);
CREATE TABLE payout_statement (
  plan_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seller_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount DECIMAL(24,6) NOT NULL,
  currency_code VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  draw_balance DECIMAL(24,6) NOT NULL,
  attainments TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  run INT NOT NULL,
  input_time DATETIME(6) NOT NULL,
  hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  engine_version INT NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (plan_id, period_id, seller_id),
  KEY payout_statement_payee (seller_id, plan_id, period_id)
);
CREATE TABLE payout_statement_history LIKE payout_statement;
ALTER TABLE payout_statement_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (plan_id, period_id, seller_id, recorded_from);
