-- When who a person is was erased; NULL = it was not.
ALTER TABLE contact
  ADD COLUMN erase_time DATETIME(6) NULL;
ALTER TABLE contact_history
  ADD COLUMN erase_time DATETIME(6) NULL;
ALTER TABLE sales_lead
  ADD COLUMN erase_time DATETIME(6) NULL,
  ADD KEY sales_lead_contact (contact_id, id);
ALTER TABLE sales_lead_history
  ADD COLUMN erase_time DATETIME(6) NULL;
-- The activities in which a contact took part, in whatever version; rows stay.
CREATE TABLE activity_participant (
  contact_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  activity_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (contact_id, activity_id)
);
-- Of what was written before. A release that knows nothing of this table may write beside: of what
-- it writes, only activities whose contact is the person are found until they are written again.
INSERT IGNORE INTO activity_participant (contact_id, activity_id)
SELECT DISTINCT p.contact_id, a.id
FROM activity a
JOIN JSON_TABLE(a.participants, '$[*]' COLUMNS (contact_id VARCHAR(63) PATH '$.c')) p
WHERE p.contact_id IS NOT NULL;
INSERT IGNORE INTO activity_participant (contact_id, activity_id)
SELECT DISTINCT p.contact_id, a.id
FROM activity_history a
JOIN JSON_TABLE(a.participants, '$[*]' COLUMNS (contact_id VARCHAR(63) PATH '$.c')) p
WHERE p.contact_id IS NOT NULL;
