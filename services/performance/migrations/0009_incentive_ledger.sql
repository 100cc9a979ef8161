-- One row for each attempt to calculate a period. `inputs` holds what the attempt was calculated
-- from that is kept nowhere else; everything else is read again as of `position`. Whoever holds a
-- running attempt has it until `lease_until`, and renews it with whatever it writes.
CREATE TABLE incentive_run (
  plan_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  run INT NOT NULL,
  state TINYINT NOT NULL,
  holder VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until DATETIME(6) NOT NULL,
  position BIGINT NOT NULL,
  as_of_time DATETIME(6) NOT NULL,
  version_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  engine_version INT NOT NULL,
  inputs MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (plan_id, period_id, run)
);
-- The incentive ledger: rows are only added. Those of a run count once it is complete. The exact
-- decimals are text, as they have more digits than a DECIMAL.
CREATE TABLE incentive_entry (
  plan_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payee VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  run INT NOT NULL,
  place INT NOT NULL,
  parent INT NOT NULL,
  kind TINYINT NOT NULL,
  component VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  rule_id VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fact VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fact_line VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  base VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  rate VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  unrounded VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  amount DECIMAL(24,6) NOT NULL,
  note TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (plan_id, period_id, payee, run, place)
);
