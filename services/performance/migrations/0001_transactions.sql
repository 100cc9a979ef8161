-- Rows never change: a correction is another row, and a row is corrected at most once.
CREATE TABLE sales_transaction (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  kind TINYINT NOT NULL,
  corrects_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NULL,
  transaction_date DATE NOT NULL,
  order_code VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  currency_code CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  account_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  customer_attributes TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  owner_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  splits TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fact_lines MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  UNIQUE KEY sales_transaction_corrects (corrects_id),
  KEY sales_transaction_owner (owner_id, id),
  KEY sales_transaction_date (transaction_date, id),
  KEY sales_transaction_order (order_code, id)
);
