CREATE TABLE external_key (
  collection VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ext_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  resource_key VARCHAR(140) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (collection, source, ext_key)
);
