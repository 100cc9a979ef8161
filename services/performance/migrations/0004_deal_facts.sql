-- Facts of pipeline's deals. Rows never change: what a deal says otherwise later is another row.
-- recorded_from is the seq of this service's own event of the row.
CREATE TABLE deal_fact (
  opportunity_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  corrects INT NOT NULL,
  kind TINYINT NOT NULL,
  fact_date DATE NOT NULL,
  currency_code CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  customer_attributes TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  splits TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fact_lines MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  recorded_from BIGINT NOT NULL,
  PRIMARY KEY (opportunity_id, number),
  KEY deal_fact_date (fact_date, opportunity_id, number)
);
-- How far each deal is: nothing that was told before is applied again.
CREATE TABLE deal_state (
  opportunity_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  update_time DATETIME(6) NOT NULL,
  version BIGINT NOT NULL
);
-- What of pipeline's customers and products goes into the facts.
CREATE TABLE deal_account (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  customer_attributes TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
);
CREATE TABLE deal_product (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  category VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
);
