CREATE TABLE outbox (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  aggregatetype VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  aggregateid VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload MEDIUMBLOB NOT NULL,
  occurred_at DATETIME(6) NOT NULL,
  traceparent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
);
CREATE TABLE event_head (
  partition_id INT NOT NULL PRIMARY KEY,
  log_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position BIGINT NOT NULL,
  first_position BIGINT NOT NULL,
  high_seq BIGINT NOT NULL,
  swept_at DATETIME(6) NOT NULL
);
CREATE TABLE event_log (
  partition_id INT NOT NULL,
  position BIGINT NOT NULL,
  outbox_seq BIGINT NOT NULL,
  sequenced_at DATETIME(6) NOT NULL,
  PRIMARY KEY (partition_id, position),
  UNIQUE KEY event_log_seq (outbox_seq),
  KEY event_log_time (partition_id, sequenced_at)
);
CREATE TABLE event_gap (
  partition_id INT NOT NULL,
  seq BIGINT NOT NULL,
  first_seen_at DATETIME(6) NOT NULL,
  PRIMARY KEY (partition_id, seq)
);
CREATE TABLE consumer_position (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  log_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position BIGINT NOT NULL,
  applied_at DATETIME(6) NOT NULL
);
INSERT INTO event_head (partition_id, log_id, position, first_position, high_seq, swept_at)
VALUES (0, UUID(), 0, 1, 0, UTC_TIMESTAMP(6));
