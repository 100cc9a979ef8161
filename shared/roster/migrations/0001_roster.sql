CREATE TABLE roster_department (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  archived BOOLEAN NOT NULL
);
CREATE TABLE roster_team (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  archived BOOLEAN NOT NULL
);
CREATE TABLE roster_team_placement (
  team VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NULL,
  parent_team VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  department VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (team, start_date)
);
CREATE TABLE roster_seller (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  subject VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  archived BOOLEAN NOT NULL
);
CREATE TABLE roster_assignment (
  seller VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  team VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  job_role VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  manager VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  region VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  share DECIMAL(7,6) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NULL,
  PRIMARY KEY (seller, id),
  KEY roster_assignment_team (team, start_date)
);
CREATE TABLE roster_access_role (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  permissions MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  archived BOOLEAN NOT NULL
);
CREATE TABLE roster_grant (
  id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  access_role VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  scope VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  department VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
);
