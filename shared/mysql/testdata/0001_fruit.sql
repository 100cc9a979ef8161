-- A comment; with a semicolon;
CREATE TABLE fruit (
  name VARCHAR(30) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, -- "quoted"; 'so'
  price DECIMAL(19,4) NOT NULL
);
