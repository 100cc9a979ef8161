-- Which assignments are secondments, and from which assignment of the seller. A table of its own:
-- it is small, and roster_assignment stays as it was for whoever joins it.
CREATE TABLE roster_secondment (
  seller VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  home VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (seller, id)
);
