-- Who did what the fact tells, for the lists of revisions; consumers are not told.
ALTER TABLE outbox
  ADD COLUMN actor VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
