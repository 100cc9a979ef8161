CREATE TABLE request (
  principal VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  method VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash BINARY(32) NOT NULL,
  response MEDIUMBLOB NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (principal, method, request_id),
  KEY request_created (created_at)
);
CREATE TABLE audit_entry (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  occurred_at DATETIME(6) NOT NULL,
  principal VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  method VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  resources TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  resource_count INT NOT NULL,
  fields VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  trace_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY audit_entry_time (occurred_at, id)
);
