CREATE TABLE attribute_definition (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  collection TINYINT NOT NULL,
  attr_key VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  type TINYINT NOT NULL,
  unit VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  allowed_values MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  min_value DECIMAL(27,9) NULL,
  max_value DECIMAL(27,9) NULL,
  required_from_stage VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  filterable BOOLEAN NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  UNIQUE KEY attribute_definition_key (collection, attr_key),
  KEY attribute_definition_display_name (display_name, id),
  KEY attribute_definition_update_time (update_time, id)
);
CREATE TABLE attribute_definition_history LIKE attribute_definition;
ALTER TABLE attribute_definition_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY attribute_definition_key,
  ADD PRIMARY KEY (id, recorded_from);
-- One row for each attribute of each account (collection 1) and opportunity (2). A row has one of
-- the three values; the index has them one after another, those before NULL.
CREATE TABLE attribute_value (
  collection TINYINT NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attr_key VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind TINYINT NOT NULL,
  text_value VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL,
  number_value DECIMAL(27,9) NULL,
  day_value DATE NULL,
  currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (collection, id, attr_key),
  KEY attribute_value_order (collection, attr_key, kind, text_value(64), number_value, day_value)
);
-- What was written before. A release that knows nothing of this table may write beside: what it
-- writes is found by filters once it is written again.
INSERT INTO attribute_value
  (collection, id, attr_key, kind, text_value, number_value, day_value, currency)
SELECT 1, o.id, o.attr_key, FIELD(o.k, 's', 'd', 'm', 't', 'b'),
  CASE WHEN o.k = 's' THEN o.v END,
  CASE WHEN o.k IN ('d', 'm') THEN CAST(o.v AS DECIMAL(27,9)) WHEN o.k = 'b' THEN o.v = 'true' END,
  CASE WHEN o.k = 't' THEN CAST(o.v AS DATE) END,
  o.c
FROM (
  SELECT a.id, t.attr_key,
    JSON_UNQUOTE(JSON_EXTRACT(a.attributes, CONCAT('$.', t.attr_key, '.k'))) AS k,
    JSON_UNQUOTE(JSON_EXTRACT(a.attributes, CONCAT('$.', t.attr_key, '.v'))) AS v,
    JSON_UNQUOTE(JSON_EXTRACT(a.attributes, CONCAT('$.', t.attr_key, '.c'))) AS c
  FROM account a
  JOIN JSON_TABLE(JSON_KEYS(a.attributes), '$[*]' COLUMNS (attr_key VARCHAR(63) PATH '$')) t
) o;
INSERT INTO attribute_value
  (collection, id, attr_key, kind, text_value, number_value, day_value, currency)
SELECT 2, o.id, o.attr_key, FIELD(o.k, 's', 'd', 'm', 't', 'b'),
  CASE WHEN o.k = 's' THEN o.v END,
  CASE WHEN o.k IN ('d', 'm') THEN CAST(o.v AS DECIMAL(27,9)) WHEN o.k = 'b' THEN o.v = 'true' END,
  CASE WHEN o.k = 't' THEN CAST(o.v AS DATE) END,
  o.c
FROM (
  SELECT a.id, t.attr_key,
    JSON_UNQUOTE(JSON_EXTRACT(a.attributes, CONCAT('$.', t.attr_key, '.k'))) AS k,
    JSON_UNQUOTE(JSON_EXTRACT(a.attributes, CONCAT('$.', t.attr_key, '.v'))) AS v,
    JSON_UNQUOTE(JSON_EXTRACT(a.attributes, CONCAT('$.', t.attr_key, '.c'))) AS c
  FROM opportunity a
  JOIN JSON_TABLE(JSON_KEYS(a.attributes), '$[*]' COLUMNS (attr_key VARCHAR(63) PATH '$')) t
) o;
