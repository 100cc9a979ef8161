CREATE TABLE product (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  code VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  category VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  unit VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  description VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  attributes MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  list_price_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
  list_price_value DECIMAL(19,4) NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  UNIQUE KEY product_code (code),
  KEY product_display_name (display_name, id),
  KEY product_category (category, id),
  KEY product_update_time (update_time, id)
);
CREATE TABLE product_history LIKE product;
ALTER TABLE product_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY product_code,
  ADD PRIMARY KEY (id, recorded_from);
