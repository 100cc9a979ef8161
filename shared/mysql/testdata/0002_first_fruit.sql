INSERT INTO fruit (name, price) VALUES ('a;b\\c', 1.5);

INSERT INTO fruit (name, price) VALUES ('苹果 ${not_a_variable} @x@ [1]', 2.25)
