-- Between which seqs it must be looked up whether a fact was placed up to a position: every seq below
-- low_seq was (or never will be), none above high_seq. NULL = placed by a process of the release
-- before, which did not say.
ALTER TABLE event_log
  ADD COLUMN low_seq BIGINT NULL,
  ADD COLUMN high_seq BIGINT NULL;
