CREATE TABLE `posts` (`id` TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL, `title` TEXT DEFAULT '' NOT NULL, `n` NUMERIC DEFAULT 0 NOT NULL, `active` BOOLEAN DEFAULT FALSE NOT NULL, `tags` JSON DEFAULT '[]' NOT NULL, `meta` JSON DEFAULT NULL, `author` TEXT DEFAULT '' NOT NULL, `note` TEXT, `r` REAL, `i` INTEGER)

CREATE TABLE authors (id TEXT PRIMARY KEY NOT NULL, name TEXT COLLATE NOCASE, age INT)

CREATE UNIQUE INDEX idx_title ON posts (title COLLATE NOCASE, `n` DESC) WHERE `title` != ''

CREATE INDEX idx_day ON posts (strftime('%Y-%m-%d', author))

INSERT INTO posts (id, title, n, active, tags, meta, author, note, r, i) VALUES ('a', 'Alpha', 1, TRUE, '["x","y"]', '{"a":{"b":1},"s":"t"}', 'u1', NULL, 1.5, 10), ('b', 'beta', 2.5, 0, '[]', '5', 'u2', 'n2', 2.0, -3), ('c', 'Gamma', 123, 1, '["y"]', NULL, 'u1', '123', NULL, NULL), ('d', 'äpfel', -7, FALSE, '["a","x"]', '"str"', '', '', 0.1, 0)

INSERT INTO authors VALUES ('u1', 'Ani', 30), ('u2', 'BUDI', NULL)

INSERT INTO posts (id, title) VALUES ('a', 'twice')

INSERT INTO posts (id, title, n) VALUES ('z', 'ALPHA', 1)

INSERT INTO posts (id, title) VALUES ('z', NULL)

INSERT INTO nowhere VALUES (1)

SELECT * FROM posts ORDER BY id

SELECT id, title, n, active, tags, meta FROM posts WHERE active = 1 ORDER BY title

SELECT id FROM posts WHERE active ORDER BY id DESC

SELECT id FROM posts WHERE NOT active ORDER BY title

SELECT id FROM posts WHERE n = '1'

SELECT id FROM posts WHERE n > 'abc'

SELECT id FROM posts WHERE n < 'abc' ORDER BY n

SELECT id FROM posts WHERE note = 123

SELECT id FROM posts WHERE title = 123

SELECT id FROM posts WHERE meta = 5

SELECT id FROM posts WHERE meta = '5'

SELECT id, meta FROM posts ORDER BY meta, id

SELECT id FROM posts WHERE note IS NULL

SELECT id FROM posts WHERE note IS NOT 'n2' ORDER BY id

SELECT id FROM posts WHERE title LIKE 'a%' ORDER BY id

SELECT id FROM posts WHERE title LIKE 'ÄP%'

SELECT id FROM posts WHERE title GLOB 'A*' OR title GLOB '[bg]*'

SELECT id FROM posts WHERE n LIKE '12%'

SELECT id FROM posts WHERE title = 'alpha' COLLATE NOCASE

SELECT name FROM authors WHERE name = 'ani'

SELECT name FROM authors ORDER BY name DESC

SELECT p.id, a.name FROM posts p LEFT JOIN authors a ON a.id = p.author ORDER BY a.name, p.id

SELECT p.id, a.name FROM posts p, authors a WHERE a.id = p.author ORDER BY 1

SELECT count(*), sum(n), avg(n), min(title), max(n), total(r), group_concat(id) FROM posts

SELECT author, count(*) AS c, max(n), title FROM posts GROUP BY author ORDER BY c DESC, author

SELECT author, count(*) AS c FROM posts GROUP BY author HAVING c > 1

SELECT DISTINCT author FROM posts ORDER BY author

SELECT DISTINCT p.* FROM posts p LEFT JOIN authors a ON a.id = p.author ORDER BY a.name DESC, p.id

SELECT COUNT(DISTINCT posts.id), COUNT(DISTINCT _rowid_) FROM posts

SELECT id, _rowid_, rowid FROM posts ORDER BY rowid

SELECT json_extract(meta, '$.a.b') AS x, json_extract(meta, '$.s') FROM posts WHERE id = 'a'

SELECT id FROM posts WHERE (CASE WHEN json_valid([meta]) THEN JSON_EXTRACT([meta], '$.a.b') ELSE JSON_EXTRACT(json_object('pb', [meta]), '$.pb.a.b') END) = 1

SELECT p.id, j.value, j.key FROM posts p, json_each(p.tags) j ORDER BY p.id, j.key

SELECT p.id, j.value FROM posts p LEFT JOIN json_each(CASE WHEN iif(json_valid([p].[tags]), json_type([p].[tags])='array', FALSE) THEN [p].[tags] ELSE json_array([p].[tags]) END) j ORDER BY p.id, j.value

SELECT json_array_length(tags), json_type(tags), json_valid(note) FROM posts ORDER BY id

SELECT 1, 'a', 2.5, NULL, 1 = 1, 'a' || 1 || 2.0, 5 / 2, 5 / 2.0, 5 % 3, -5 / 2, 1 / 0

SELECT n / 2, n * 3, n + 1, r * 2, i / 3, i % 3, -n FROM posts ORDER BY id

SELECT typeof(n), typeof(r), typeof(i), typeof(active), typeof(meta), typeof(note) FROM posts ORDER BY id

SELECT upper('aä'), lower('AÄ'), length('äöü'), substr('hello', 2, 3), substr('hello', -3), substr('hello', 0, 2), replace('aXa', 'X', 'y'), trim('  x '), instr('hello', 'l'), hex('ab'), abs(-3), round(2.567, 2), round(2.5), coalesce(NULL, 'x'), ifnull(NULL, 3), nullif(1, 1), min(3, 1, 2), max('a', 'b'), iif(1, 'y', 'n')

SELECT strftime('%Y-%m-%d %H:00:00', '2024-03-05 14:15:16.789Z'), date('2024-01-31', '+1 month'), datetime('2024-01-01', '-1 day'), time('12:34:56'), julianday('2024-01-01'), unixepoch('2024-01-01'), strftime('%s', '2024-01-01'), strftime('%f', '2024-01-01 00:00:01.5'), date('nonsense')

SELECT printf('%05.2f|%d|%s|%x', 3.14159, 42, 'hi', 255), quote('it''s'), char(65, 66), unicode('A')

SELECT CAST('12abc' AS INTEGER), CAST('1.5x' AS REAL), CAST(12 AS TEXT), CAST(3.9 AS INT), CAST('7' AS NUMERIC), CAST(2.0 AS TEXT)

WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5) SELECT x FROM c

SELECT id FROM posts WHERE id IN ('a', 'b', 'zzz') ORDER BY id

SELECT id FROM posts WHERE author IN (SELECT id FROM authors WHERE age > 20) ORDER BY id

SELECT id, (SELECT name FROM authors WHERE authors.id = posts.author) AS who FROM posts ORDER BY id

SELECT id FROM posts UNION SELECT id FROM authors ORDER BY id

SELECT n FROM posts UNION ALL SELECT title FROM posts ORDER BY 1 LIMIT 3

SELECT row_number() OVER (ORDER BY title) AS rn, title FROM posts ORDER BY rn

SELECT id, CASE n WHEN 1 THEN 'one' WHEN 2.5 THEN 2 ELSE active END AS v FROM posts ORDER BY id

SELECT "title", "nothing" FROM posts WHERE id = 'a'

SELECT nothing FROM posts

SELECT * FROM missing

SELECT nofunc(1)

SELECT id FROM posts ORDER BY n LIMIT 2 OFFSET 1

SELECT id FROM posts ORDER BY id LIMIT 1, 2

SELECT id FROM posts ORDER BY id LIMIT -1

CREATE VIEW v1 AS SELECT id, title AS t, n + 1 AS n1, count(*) AS c, (SELECT name FROM authors WHERE id = author) nm FROM posts GROUP BY id

SELECT * FROM v1 ORDER BY id

SELECT name, type, pk, "notnull", dflt_value FROM pragma_table_info('posts')

SELECT name, type FROM PRAGMA_TABLE_INFO('v1')

SELECT type, name, tbl_name FROM sqlite_master ORDER BY name

SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name

ALTER TABLE posts RENAME COLUMN title TO heading

SELECT sql FROM sqlite_master WHERE name = 'idx_title'

SELECT t FROM v1 ORDER BY id

ALTER TABLE posts ADD COLUMN extra TEXT DEFAULT 'e' NOT NULL

SELECT id, extra FROM posts ORDER BY id LIMIT 1

ALTER TABLE posts DROP COLUMN n

ALTER TABLE posts DROP COLUMN extra

ALTER TABLE authors RENAME TO people

SELECT nm FROM v1 ORDER BY id

DROP VIEW posts

DROP TABLE v1

DROP VIEW IF EXISTS V1

UPDATE posts SET heading = heading || '!', n = n + 1, active = 1 WHERE id IN ('a', 'b')

SELECT id, heading, n, active FROM posts ORDER BY id

INSERT INTO people (id, name) VALUES ('u1', 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name || people.name

SELECT * FROM people ORDER BY id

INSERT INTO people (id, name) VALUES ('u9', 'x') RETURNING id, name AS nm

INSERT OR IGNORE INTO people (id, name) VALUES ('u9', 'y')

DELETE FROM people WHERE age IS NULL

SELECT count(*) FROM people

CREATE TRIGGER people_no_update BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'people is append-only'); END

UPDATE people SET age = 1

DROP TABLE people

SELECT x.value FROM json_each('[1,"a",null,true,{"k":1}]') x

SELECT '1' = 1, 1 = 1.0, 'a' < 'B', 'a' < 1, NULL = NULL, NULL IS NULL, 1 IS NOT NULL, 2 BETWEEN 1 AND 3, 'x' IN ('x', 'y')

SELECT json_object('a', 1, 'b', 'x'), json_array(1, 'a', NULL), json('{"a" : 1}'), json_group_array(id) FROM (SELECT 'p' AS id)

SELECT '{"a":{"b":[1,2]}}' -> '$.a.b', '{"a":5}' ->> 'a', '[10,20]' ->> 1

CREATE TABLE nums (id INTEGER PRIMARY KEY, label TEXT)

INSERT INTO nums (id, label) VALUES (70, 'x')

INSERT INTO nums (label) VALUES ('y')

SELECT * FROM nums ORDER BY 1 DESC

SELECT id, rank() OVER w FROM nums WINDOW w AS (ORDER BY label) ORDER BY id

SELECT json_set('{"b":1,"a":[1,2]}', '$.a[1]', 9, '$.c', 'x'), json_remove('{"b":1,"a":2}', '$.b'), json_insert('{"b":1}', '$.b', 2), json_replace('{"b":1}', '$.b', 2)

SELECT date(1704067200, 'unixepoch'), printf('%o', 8)

CREATE TABLE loose (k TEXT PRIMARY KEY, v)

INSERT INTO loose DEFAULT VALUES

SELECT k IS NULL, v IS NULL FROM loose

SELECT type, name, tbl_name FROM sqlite_master WHERE tbl_name IN ('nums', 'loose') ORDER BY name

CREATE TABLE beyond (n NUMERIC)

INSERT INTO beyond VALUES (-9223372034707292160), (9223372036854774784), (4503599627370496.5)

SELECT CAST(n AS TEXT), n || '' FROM beyond ORDER BY n

SELECT acos('x') IS NULL AS a, radians('%106%') IS NULL AS b, cos('0') AS c, ceil('a') IS NULL AS d, sign('a') IS NULL AS e, sign('-2') AS f, pow('a', 2) IS NULL AS g, mod('7', '2') AS h, sqrt(x'34') IS NULL AS i

SELECT floor(json_extract('{"a":"b"}', '$.a')) IS NULL AS a, sqrt(json_extract('{"a":"16"}', '$.a')) AS b, floor(-1.5) AS c, ceil('1.5') > 1.9 AS d

SELECT d, strftime('%Y-%m-%d %H:00:00', d) AS hour, strftime('%d/%m/%Y %H.%M:%S', d) AS all_parts, strftime('%d%%', d) AS percent, strftime('%j', d) AS day FROM (SELECT '2026-11-28 02:34:05.123Z' AS d UNION ALL SELECT '2024-02-29 23:59:59.999Z' UNION ALL SELECT '2023-02-29 00:00:00.000Z' UNION ALL SELECT '2024-04-31 12:00:00.000Z' UNION ALL SELECT '2024-13-01 12:00:00.000Z' UNION ALL SELECT '2024-12-31 23:60:00.000Z' UNION ALL SELECT '2024-1-02 03:04:05.000Z' UNION ALL SELECT '') ORDER BY d

ANALYZE

SELECT 1 AS n /* it's */, '__mlABCDEFGH' AS s

SELECT `it's`.n, '__mlABCDEFGH' AS s FROM (SELECT 1 AS n) AS `it's`
