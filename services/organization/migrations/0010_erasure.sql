-- When who a person is was erased; NULL = it was not.
ALTER TABLE seller
  ADD COLUMN erase_time DATETIME(6) NULL;
ALTER TABLE seller_history
  ADD COLUMN erase_time DATETIME(6) NULL;
