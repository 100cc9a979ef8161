-- The parts of a deal, as JSON text. The defaults are for rows of before and for the release of
-- before, which may write beside this one.
ALTER TABLE opportunity
  ADD COLUMN forecast_category TINYINT NOT NULL DEFAULT 1 AFTER amount_value,
  ADD COLUMN line_items MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER forecast_category,
  ADD COLUMN contact_roles TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER line_items,
  ADD COLUMN splits TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER contact_roles,
  ADD COLUMN competitors TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER splits;
ALTER TABLE opportunity_history
  ADD COLUMN forecast_category TINYINT NOT NULL DEFAULT 1 AFTER amount_value,
  ADD COLUMN line_items MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER forecast_category,
  ADD COLUMN contact_roles TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER line_items,
  ADD COLUMN splits TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER contact_roles,
  ADD COLUMN competitors TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT ('[]')
    AFTER splits;
-- Won is CLOSED, lost is OMITTED.
UPDATE opportunity SET forecast_category = CASE state WHEN 2 THEN 5 ELSE 4 END WHERE state <> 1;
UPDATE opportunity_history SET forecast_category = CASE state WHEN 2 THEN 5 ELSE 4 END
WHERE state <> 1;
