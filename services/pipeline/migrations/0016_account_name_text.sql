-- The whole folded name beside each of its pairs: what does not fit is told without another read.
-- Processes of the release before leave it empty until the name is written again.
ALTER TABLE account_name_gram ADD COLUMN folded_name VARBINARY(3200) NOT NULL DEFAULT '';
-- Names written before, folded a little less well than the service folds them (see 0008).
UPDATE account_name_gram g JOIN account a ON a.id = g.account_id
SET g.folded_name = LOWER(a.display_name);
