CREATE TABLE retention_rule (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  kind TINYINT NOT NULL,
  -- The kind of a rule that is not archived, else NULL: there is one of each.
  kind_in_force TINYINT NULL,
  keep_days INT NOT NULL,
  external_keys TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version BIGINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  archive_time DATETIME(6) NULL,
  recorded_from BIGINT NOT NULL,
  UNIQUE KEY retention_rule_kind_in_force (kind_in_force),
  KEY retention_rule_display_name (display_name, id),
  KEY retention_rule_update_time (update_time, id)
);
CREATE TABLE retention_rule_history LIKE retention_rule;
ALTER TABLE retention_rule_history
  ADD COLUMN recorded_to BIGINT NOT NULL,
  DROP PRIMARY KEY,
  DROP KEY retention_rule_kind_in_force,
  ADD PRIMARY KEY (id, recorded_from);
-- What was erased is not walked again.
ALTER TABLE sales_lead
  ADD KEY sales_lead_retention (state, erase_time, create_time, id);
ALTER TABLE contact
  ADD KEY contact_retention (erase_time, update_time, id);
-- When an activity began of which a text or an address is kept, else NULL. The server computes it,
-- so that it holds for what a release writes that knows nothing of it. The tables are written anew.
ALTER TABLE activity
  ADD COLUMN text_start_time DATETIME(6) GENERATED ALWAYS AS (
    CASE WHEN outcome_note <> '' OR description <> '' OR participants LIKE '%"a":%'
    THEN start_time END) STORED,
  ADD KEY activity_text_start_time (text_start_time, id);
ALTER TABLE activity_history
  ADD COLUMN text_start_time DATETIME(6) GENERATED ALWAYS AS (
    CASE WHEN outcome_note <> '' OR description <> '' OR participants LIKE '%"a":%'
    THEN start_time END) STORED,
  ADD KEY activity_history_text_start_time (text_start_time, id);
