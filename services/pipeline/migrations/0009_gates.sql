-- What is added has defaults, so that processes of the release before go on writing beside the new.
ALTER TABLE sales_process_version
  ADD COLUMN extras MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER external_keys,
  ADD COLUMN retire_time DATETIME(6) NULL AFTER extras;
ALTER TABLE sales_process_version_history
  ADD COLUMN extras MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER external_keys,
  ADD COLUMN retire_time DATETIME(6) NULL AFTER extras;
ALTER TABLE opportunity
  ADD COLUMN step_completions MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER attributes,
  ADD COLUMN approvals MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER step_completions;
ALTER TABLE opportunity_history
  ADD COLUMN step_completions MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER attributes,
  ADD COLUMN approvals MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER step_completions;
ALTER TABLE stage_transition
  ADD COLUMN override_reason VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '' AFTER reason,
  ADD COLUMN unmet_criteria TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('') AFTER override_reason;
