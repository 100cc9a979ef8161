-- Two characters that stand beside each other in a word of an account's name, and the last character
-- of each word alone: `gram LIKE 'x%'` finds every name with an x in it.
CREATE TABLE account_name_gram (
  gram VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  account_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (gram, account_id)
);
-- Names written before. They are folded a little less well than the service folds them until they
-- are written again; what is found is compared with the name itself.
INSERT IGNORE INTO account_name_gram (gram, account_id)
WITH RECURSIVE place AS (
  SELECT 1 AS n UNION ALL SELECT n + 1 FROM place WHERE n < 200
)
SELECT SUBSTRING(LOWER(a.display_name), p.n, 2), a.id
FROM account a JOIN place p ON p.n <= CHAR_LENGTH(a.display_name);
