DROP TABLE IF EXISTS authors;
DROP TABLE IF EXISTS pages;
DROP TABLE IF EXISTS counters;
DROP TABLE IF EXISTS events;
CREATE TABLE authors (id TEXT PRIMARY KEY, name TEXT, born TEXT, salary NUMERIC);
CREATE TABLE pages (id TEXT PRIMARY KEY NOT NULL DEFAULT ('r'||lower(hex(randomblob(7)))), title TEXT, views INT, score REAL, published BOOLEAN DEFAULT FALSE, meta JSON DEFAULT NULL, posted TEXT DEFAULT '', author TEXT);
CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0);
CREATE TABLE events (id INTEGER PRIMARY KEY, msg TEXT NOT NULL);
INSERT INTO authors (id, name, born, salary) VALUES ('a1', 'Ani', '1990-05-01', 7500000), ('a2', 'Budi', '1985-12-31', 5000000.5), ('a3', 'citra 3', '', NULL), ('a4', 'Änne', NULL, 0);
INSERT INTO pages (id, title, views, score, published, meta, posted, author) VALUES
	('p1', 'Halo Dunia', 100, 4.5, TRUE, '{"rank":1,"tags":["a","b"],"lang":"id"}', '2024-01-15 10:30:00.000Z', 'a1'),
	('p2', 'Berita sekolah', 250, 3.25, TRUE, '{"rank":2.5,"tags":[],"lang":"en"}', '2024-02-01 00:00:00.000Z', 'a1'),
	('p3', 'harga 100%', 5, NULL, FALSE, '{"rank":"x","tags":["a"]}', '2023-12-31 23:59:59.999Z', 'a2'),
	('p4', 'Ärger', NULL, 5.0, FALSE, 'null', '', NULL),
	('p5', 'a_b', 0, -1.5, TRUE, '[1,2]', '2024-01-15 17:00:00.000Z', 'a2');
INSERT INTO counters (name, n) VALUES ('visits', 41), ('orders', 0);
INSERT INTO events (id, msg) VALUES (1, 'satu'), (2, 'dua');
