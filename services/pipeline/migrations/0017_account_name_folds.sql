-- 0016 took the lower case for what the service folds a name to. Of names with accents, full width
-- letters and the like it is not, and they were no longer found: their text is left empty, so that
-- the account's own name is compared, until they are written again.
UPDATE account_name_gram g JOIN account a ON a.id = g.account_id
SET g.folded_name = ''
WHERE NOT a.display_name REGEXP '^[ -~一-鿿（）]*$';
