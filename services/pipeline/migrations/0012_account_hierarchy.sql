-- The account that an account belongs to; empty = none.
ALTER TABLE account
  ADD COLUMN parent_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD KEY account_parent (parent_id, id);
ALTER TABLE account_history
  ADD COLUMN parent_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD KEY account_parent (parent_id, id);
-- A row is locked by whoever changes something that rows of one table alone cannot keep right.
CREATE TABLE consistency_guard (
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
);
INSERT INTO consistency_guard (name) VALUES ('accounts');
