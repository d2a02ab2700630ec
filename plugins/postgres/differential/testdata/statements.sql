-- 300 statements of the kind that people type into the SQL console or into a
-- view. One a line; a line "-- [construct]" begins a group. The tables are made
-- by testdata/tables.sql, anew before every statement.

-- [upsert]
INSERT INTO authors (id, name) VALUES ('a1', 'Ani Baru') ON CONFLICT (id) DO UPDATE SET name = excluded.name
INSERT INTO authors (id, name) VALUES ('a1', 'Ani Baru') ON CONFLICT (id) DO NOTHING
INSERT INTO authors (id, name) VALUES ('a9', 'Baru') ON CONFLICT DO NOTHING
INSERT INTO authors (id, name, salary) VALUES ('a1', 'x', 5), ('a8', 'y', 6) ON CONFLICT (id) DO UPDATE SET salary = authors.salary + excluded.salary
INSERT INTO pages (id, title, views) VALUES ('p1', 'T', 1) ON CONFLICT (id) DO UPDATE SET views = views + 1
INSERT INTO pages (id, title, views) VALUES ('p1', 'T', 1) ON CONFLICT (id) DO UPDATE SET views = views + 1 WHERE views > 1000
INSERT INTO pages (id, title, views) SELECT id, name, 7 FROM authors WHERE true ON CONFLICT (id) DO UPDATE SET views = 0
INSERT INTO counters (name, n) VALUES ('visits', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1
INSERT INTO counters (name, n) VALUES ('visits', 1) ON CONFLICT (name) DO UPDATE SET n = max(n, excluded.n)
INSERT INTO counters (name, n) VALUES ('new', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1

-- [insert or replace, insert or ignore]
INSERT OR REPLACE INTO authors (id, name) VALUES ('a1', 'Ganti')
INSERT OR REPLACE INTO authors (id, name) VALUES ('a7', 'Baru')
REPLACE INTO authors (id, name, salary) VALUES ('a2', 'Ganti', 1.5)
REPLACE INTO counters (name, n) VALUES ('visits', 99)
INSERT OR REPLACE INTO counters (name, n) VALUES ('visits', 1), ('other', 2)
INSERT OR IGNORE INTO authors (id, name) VALUES ('a1', 'Abai')
INSERT OR IGNORE INTO authors (id, name) VALUES ('a6', 'Masuk')
INSERT OR IGNORE INTO counters (name, n) VALUES ('visits', 1), ('second', 2)
INSERT OR IGNORE INTO pages (id, title) SELECT id, name FROM authors
INSERT OR REPLACE INTO pages (id, title, views, published) VALUES ('p2', 'Diganti', 0, true)
INSERT OR IGNORE INTO authors (id, name) SELECT id, title FROM pages WHERE published
INSERT OR ABORT INTO authors (id, name) VALUES ('a1', 'Gagal')

-- [glob]
SELECT id FROM pages WHERE title GLOB 'H*' ORDER BY id
SELECT id FROM pages WHERE title GLOB '*a' ORDER BY id
SELECT id FROM pages WHERE title GLOB '?erita*' ORDER BY id
SELECT id FROM pages WHERE title GLOB '[BH]*' ORDER BY id
SELECT id FROM pages WHERE title GLOB '[^BH]*' ORDER BY id
SELECT id FROM pages WHERE title NOT GLOB '*e*' ORDER BY id
SELECT id, title GLOB '*%*' AS percent FROM pages ORDER BY id
SELECT name FROM authors WHERE name GLOB '*[0-9]*'
SELECT 'abc' GLOB 'A*', 'abc' GLOB 'a?c', 'a*c' GLOB 'a[*]c'
SELECT id FROM pages WHERE posted GLOB '2024-*' ORDER BY id

-- [printf]
SELECT printf('%d', 42)
SELECT printf('%05d|%5d|%-5d|', 42, 42, 42)
SELECT printf('%.2f', 3.14159)
SELECT printf('%s has %d views', title, views) FROM pages ORDER BY id
SELECT printf('%x %X %o', 255, 255, 8)
SELECT printf('%,d', 1234567)
SELECT printf('%e', 12345.678)
SELECT printf('%%')
SELECT printf('%10s|%-10s|', 'kanan', 'kiri')
SELECT printf('Rp %,d', salary) FROM authors WHERE salary IS NOT NULL ORDER BY id
SELECT format('%s-%03d', id, views) FROM pages WHERE views IS NOT NULL ORDER BY id
SELECT printf('%q', 'it''s')

-- [typeof]
SELECT typeof(1), typeof(1.5), typeof('a'), typeof(NULL), typeof(x'00')
SELECT typeof(views), typeof(score), typeof(title), typeof(published) FROM pages ORDER BY id
SELECT typeof(1 + 1.0), typeof(1 / 2), typeof('1' + 1)
SELECT typeof(meta) FROM pages ORDER BY id
SELECT typeof(json_extract(meta, '$.rank')) FROM pages ORDER BY id
SELECT typeof(sum(views)), typeof(avg(views)), typeof(total(views)), typeof(count(*)) FROM pages
SELECT typeof(max(title)), typeof(min(score)) FROM pages
SELECT typeof(CAST('12' AS INTEGER)), typeof(CAST(3 AS TEXT)), typeof(CAST('x' AS REAL))
SELECT DISTINCT typeof(salary) FROM authors ORDER BY 1
SELECT id FROM pages WHERE typeof(views) = 'null' ORDER BY id

-- [group_concat]
SELECT group_concat(name) FROM authors
SELECT group_concat(name, '; ') FROM authors
SELECT author, group_concat(id) FROM pages GROUP BY author ORDER BY author
SELECT author, group_concat(id, '|') AS ids FROM pages GROUP BY author ORDER BY author
SELECT group_concat(DISTINCT author) FROM pages WHERE author = 'a1'
SELECT group_concat(views) FROM pages
SELECT group_concat(title ORDER BY title) FROM pages
SELECT group_concat(title, ', ' ORDER BY views DESC) FROM pages WHERE views IS NOT NULL
SELECT string_agg(name, '/') FROM authors
SELECT group_concat(name) FROM authors WHERE id = 'none'
SELECT a.name, (SELECT group_concat(p.title) FROM pages p WHERE p.author = a.id) AS titles FROM authors a ORDER BY a.id

-- [json_group_array, json_group_object]
SELECT json_group_array(id) FROM authors
SELECT json_group_array(views) FROM pages
SELECT author, json_group_array(title) FROM pages GROUP BY author ORDER BY author
SELECT json_group_array(json_object('id', id, 'title', title)) FROM pages
SELECT json_group_object(id, name) FROM authors
SELECT json_group_array(DISTINCT published) FROM pages WHERE published
SELECT json_group_array(json(meta)) FROM pages WHERE json_valid(meta)
SELECT json_array_length(json_group_array(id)) FROM pages
SELECT json_group_array(score) FROM pages WHERE score IS NOT NULL
SELECT json_object('total', count(*), 'ids', json_group_array(id)) FROM pages

-- [arrows]
SELECT meta -> '$.rank' FROM pages ORDER BY id
SELECT meta ->> '$.rank' FROM pages ORDER BY id
SELECT meta -> 'rank', meta ->> 'rank' FROM pages ORDER BY id
SELECT meta ->> 'tags' FROM pages ORDER BY id
SELECT meta -> 'tags' -> 0 FROM pages ORDER BY id
SELECT meta -> 'tags' ->> 0 AS first FROM pages ORDER BY id
SELECT id FROM pages WHERE meta ->> 'rank' > 1 ORDER BY id
SELECT id FROM pages WHERE meta ->> '$.lang' = 'id' ORDER BY id
SELECT '{"a":{"b":[1,2]}}' -> '$.a.b[1]', '{"a":{"b":[1,2]}}' ->> '$.a.b[#-1]'
SELECT meta ->> 'missing' IS NULL FROM pages ORDER BY id
SELECT id, meta ->> 'rank' AS r FROM pages ORDER BY r, id

-- [json functions]
SELECT json_extract(meta, '$.rank', '$.lang') FROM pages WHERE id = 'p1'
SELECT json_type(meta), json_type(meta, '$.tags') FROM pages ORDER BY id
SELECT json_valid('{"a":1}'), json_valid('{a}'), json_valid(NULL)
SELECT json_array(1, 'a', NULL, 1.5), json_object('a', 1, 'b', 'x')
SELECT json_set('{"a":1}', '$.b', 2), json_insert('{"a":1}', '$.a', 2), json_replace('{"a":1}', '$.a', 2)
SELECT json_remove('{"a":1,"b":2}', '$.a'), json_patch('{"a":1}', '{"b":2}')
SELECT json_quote('a"b'), json(' { "a" : 1 } ')
SELECT p.id, t.value FROM pages p, json_each(p.meta, '$.tags') t ORDER BY p.id, t.key
SELECT key, value, type, atom FROM json_each('{"a":1,"b":"x","c":[1]}')
SELECT key, value, fullkey FROM json_tree('{"a":{"b":1}}')
SELECT count(*) FROM pages, json_each(pages.meta)
SELECT json_array_length(meta, '$.tags') FROM pages ORDER BY id
UPDATE pages SET meta = json_set(meta, '$.rank', 9) WHERE id = 'p1'

-- [dates]
SELECT date('2024-01-31 10:00:00'), time('2024-01-31 10:00:05'), datetime('2024-01-31T10:00:05Z')
SELECT date('2024-01-31', '+1 month'), date('2024-01-31', '-1 day'), date('2024-01-31', 'start of month')
SELECT date('2024-02-15', 'start of month', '+1 month', '-1 day')
SELECT datetime('2024-01-31 10:00:00', '+7 hours')
SELECT date(posted) AS day, count(*) FROM pages WHERE posted != '' GROUP BY day ORDER BY day
SELECT strftime('%Y-%m', posted) AS month, sum(views) FROM pages GROUP BY month ORDER BY month
SELECT strftime('%Y', posted), strftime('%m', posted), strftime('%d %H:%M:%S', posted) FROM pages ORDER BY id
SELECT strftime('%w', '2024-01-31'), strftime('%j', '2024-01-31'), strftime('%s', '2024-01-31')
SELECT julianday('2024-01-01'), julianday('2024-01-02 12:00:00') - julianday('2024-01-01')
SELECT CAST(julianday('2024-03-01') - julianday(posted) AS INTEGER) FROM pages WHERE posted LIKE '2024%' ORDER BY id
SELECT unixepoch('2024-01-01'), unixepoch('2024-01-01 00:00:01')
SELECT unixepoch(posted) FROM pages WHERE posted LIKE '2024%' ORDER BY id
SELECT datetime(1704067200, 'unixepoch'), date(1704067200, 'unixepoch')
SELECT date('now') = date(CURRENT_TIMESTAMP), length(CURRENT_TIMESTAMP), length(CURRENT_DATE), length(CURRENT_TIME)
SELECT id FROM pages WHERE posted >= date('2024-01-15') ORDER BY id
SELECT date('not a date'), date(''), date(NULL)
SELECT time('10:20', '+90 minutes'), datetime('2024-12-31 23:59:59', '+1 second')
SELECT strftime('%W', '2024-01-31'), strftime('%f', '2024-01-31 10:00:05.123'), strftime('%p', '2024-01-31 15:00')

-- [alias in having, group by, order by]
SELECT author, count(*) AS n FROM pages GROUP BY author HAVING n > 1 ORDER BY author
SELECT author, sum(views) AS total FROM pages GROUP BY author HAVING total >= 100 ORDER BY total DESC
SELECT author, avg(score) AS mean FROM pages GROUP BY author HAVING mean IS NOT NULL ORDER BY mean
SELECT substr(posted, 1, 7) AS month, count(*) c FROM pages GROUP BY month HAVING c >= 1 ORDER BY month
SELECT author a, max(views) m FROM pages GROUP BY a HAVING m > 10 ORDER BY a
SELECT length(title) AS len, count(*) AS n FROM pages GROUP BY len HAVING len > 5 AND n > 0 ORDER BY len
SELECT published AS p, min(views) AS least FROM pages GROUP BY p HAVING least < 100 ORDER BY p
SELECT author, count(*) AS n FROM pages GROUP BY 1 HAVING n = 1 ORDER BY 2, 1
SELECT views * 2 AS dbl FROM pages WHERE dbl > 100 ORDER BY dbl
SELECT upper(title) AS t FROM pages ORDER BY t
SELECT title, views AS v FROM pages ORDER BY -v
SELECT count(*) FROM pages HAVING count(*) > 1

-- [rowid, last_insert_rowid, changes]
SELECT rowid, name FROM authors ORDER BY rowid
SELECT max(rowid) FROM authors
SELECT last_insert_rowid() IS NOT NULL
SELECT id FROM pages ORDER BY rowid DESC LIMIT 1
SELECT _rowid_ FROM authors ORDER BY 1
SELECT oid FROM authors ORDER BY 1
DELETE FROM authors WHERE rowid = (SELECT max(rowid) FROM authors)
UPDATE authors SET name = 'x' WHERE rowid = 1
SELECT changes() >= 0, total_changes() >= 0
INSERT INTO events (msg) VALUES ('hello'); INSERT INTO counters (name, n) VALUES ('last', last_insert_rowid())
SELECT id, msg FROM events ORDER BY id
INSERT INTO events (msg) VALUES ('tiga'); UPDATE counters SET n = last_insert_rowid() WHERE name = 'visits'
INSERT INTO events (msg) VALUES ('a'), ('b'); INSERT INTO counters (name, n) VALUES ('last', last_insert_rowid())
INSERT INTO events (id, msg) VALUES (70, 'x'); INSERT INTO counters (name, n) SELECT 'last', last_insert_rowid()
INSERT INTO events (msg) VALUES ('x'); UPDATE events SET msg = 'changed' WHERE id = last_insert_rowid()
INSERT INTO events (msg) VALUES ('x'); DELETE FROM events WHERE id = last_insert_rowid()
INSERT INTO events (msg) VALUES ('x'); INSERT INTO events (msg) VALUES ('after ' || last_insert_rowid())
INSERT INTO events (id, msg) VALUES (NULL, 'auto')

-- [text functions]
SELECT upper('abcÄ'), lower('ABCä'), length('日本'), length(x'0102')
SELECT substr('hello', 2, 3), substr('hello', -3), substr('hello', 2), substr('hello', 0, 3), substr('hello', -3, 2)
SELECT substring('hello', 2, 2), instr('hello', 'l'), instr('hello', 'z'), replace('hello', 'l', 'L')
SELECT trim('  a '), ltrim('xxa', 'x'), rtrim('axx', 'x'), trim('xaxx', 'x')
SELECT 'a' || 'b' || 1 || NULL, 'a' || 1.5
SELECT hex('abc'), hex(x'ff'), quote('it''s'), quote(1), quote(NULL), quote(x'41')
SELECT char(72, 105), unicode('A')
SELECT coalesce(NULL, NULL, 'x'), ifnull(NULL, 1), nullif(1, 1), nullif(1, 2)
SELECT iif(1 > 0, 'yes', 'no'), CASE WHEN 0 THEN 'a' END, CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END
SELECT title LIKE 'h%', title LIKE '%A%' FROM pages ORDER BY id
SELECT 'a_b' LIKE 'a\_b' ESCAPE '\', 'axb' LIKE 'a\_b' ESCAPE '\', 'A' LIKE 'a', 'Ä' LIKE 'ä'
SELECT like('a%', 'abc'), glob('a*', 'abc')
SELECT concat('a', NULL, 1), concat_ws('-', 'a', NULL, 'b')
SELECT title COLLATE NOCASE = 'halo dunia' FROM pages ORDER BY id
SELECT id FROM pages ORDER BY title COLLATE NOCASE, id
SELECT DISTINCT lower(substr(title, 1, 1)) AS first FROM pages ORDER BY first
SELECT length(hex(randomblob(8))), length(lower(hex(randomblob(4))))
SELECT zeroblob(2) = x'0000', soundex('Robert')

-- [numbers]
SELECT 7 / 2, 7 % 3, 7 / 2.0, -7 / 2, -7 % 3
SELECT 1 / 0, 1 % 0, 1.0 / 0
SELECT round(2.5), round(3.14159, 2), round(-2.5), round(1234.5, -2)
SELECT abs(-5), abs(-1.5), abs('x'), sign(-3), sign(0)
SELECT max(1, 2, 3), min('a', 'b'), max(1, NULL), min(2, '10')
SELECT CAST('12abc' AS INTEGER), CAST('abc' AS INTEGER), CAST(' 7 ' AS INTEGER), CAST(3.99 AS INTEGER), CAST(-3.99 AS INTEGER)
SELECT CAST('1.5e2' AS REAL), CAST('x' AS REAL), CAST(5 AS REAL), CAST(1.0 AS TEXT), CAST(5 AS NUMERIC), CAST('5.0' AS NUMERIC)
SELECT '5' + 3, '5' * '2', 'abc' + 1, '3.5' + 1, NULL + 1
SELECT 1 = '1', 1 = 1.0, '1' = '1.0', 1 < 'a', 2 < 10, '2' < '10'
SELECT 5 & 3, 5 | 3, ~5, 1 << 4, 16 >> 2
SELECT 10 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 3, 3 IN (1, 2, 3), 4 NOT IN (1, 2), NULL IN (1)
SELECT 1e3, 1.0, 100000000000000000000, 0.1 + 0.2, 1e100, -0.0
SELECT ceil(1.2), floor(-1.2), sqrt(16), power(2, 10), pi(), exp(0), ln(1), log(100), log2(8), mod(7, 3)
SELECT sum(views), total(views), avg(views), min(views), max(views), count(views), count(*) FROM pages
SELECT sum(score), avg(score), sum(views) * 1.0 / count(*) FROM pages
SELECT sum(views) FROM pages WHERE id = 'none'
SELECT total(views), count(*), max(views) FROM pages WHERE id = 'none'
SELECT 0x10, 1_000, .5
SELECT true, false, true AND NULL, NOT 5, 5 IS TRUE, 0 IS FALSE, NULL IS NOT TRUE
SELECT 9223372036854775807 + 1, 9223372036854775807
SELECT random() = random(), abs(random()) >= 0
SELECT id, views + 0.5, score * 2, views / 10 FROM pages ORDER BY id

-- [where and null]
SELECT id FROM pages WHERE views ORDER BY id
SELECT id FROM pages WHERE NOT published ORDER BY id
SELECT id FROM pages WHERE published = 1 ORDER BY id
SELECT id FROM pages WHERE published IS true ORDER BY id
SELECT id FROM pages WHERE published = 'true' ORDER BY id
SELECT id FROM pages WHERE views = '100' ORDER BY id
SELECT id FROM pages WHERE title = 5 ORDER BY id
SELECT id FROM pages WHERE views IS NULL ORDER BY id
SELECT id FROM pages WHERE views ISNULL OR score NOTNULL ORDER BY id
SELECT id FROM pages WHERE views IS NOT 100 ORDER BY id
SELECT id FROM pages WHERE views IS NOT DISTINCT FROM NULL ORDER BY id
SELECT id FROM pages WHERE (views, published) = (100, 1) ORDER BY id
SELECT id FROM pages WHERE id IN (SELECT 'p1' UNION SELECT 'p2') ORDER BY id
SELECT id FROM pages WHERE author NOT IN (SELECT id FROM authors WHERE salary > 5000000) ORDER BY id
SELECT id FROM pages WHERE EXISTS (SELECT 1 FROM authors a WHERE a.id = pages.author AND a.salary > 0) ORDER BY id
SELECT id FROM pages WHERE views > 50 AND (title LIKE '%a%' OR score < 3) ORDER BY id
SELECT id FROM pages WHERE "title" = "Halo Dunia"
SELECT "tidak ada" AS text
SELECT [id], `title` FROM "pages" ORDER BY [id] LIMIT 2
SELECT ID, Title FROM PAGES ORDER BY Id LIMIT 2
SELECT id FROM pages WHERE title == 'Halo Dunia' AND views <> 1
SELECT id FROM pages WHERE title REGEXP 'a' ORDER BY id
SELECT id FROM pages WHERE title MATCH 'a' ORDER BY id

-- [order and limit]
SELECT id, views FROM pages ORDER BY views, id
SELECT * FROM counters ORDER BY 1
SELECT * FROM authors ORDER BY 2 DESC
SELECT id, views FROM pages ORDER BY views DESC, id
SELECT id, views FROM pages ORDER BY views NULLS LAST, id
SELECT id, views FROM pages ORDER BY views DESC NULLS FIRST, id
SELECT id FROM pages ORDER BY 1 LIMIT 2 OFFSET 1
SELECT id FROM pages ORDER BY id LIMIT 1, 2
SELECT id FROM pages ORDER BY id LIMIT -1
SELECT id FROM pages ORDER BY id LIMIT -1 OFFSET 3
SELECT id FROM pages ORDER BY published DESC, score, id
SELECT id FROM pages ORDER BY CASE WHEN views IS NULL THEN 1 ELSE 0 END, views, id
SELECT id, title FROM pages ORDER BY title, id
SELECT DISTINCT author FROM pages ORDER BY author
SELECT DISTINCT author, published FROM pages ORDER BY author, published
SELECT DISTINCT author FROM pages ORDER BY views DESC
SELECT id FROM pages ORDER BY length(title), id LIMIT 3

-- [joins]
SELECT p.id, a.name FROM pages p JOIN authors a ON a.id = p.author ORDER BY p.id
SELECT p.id, a.name FROM pages p LEFT JOIN authors a ON a.id = p.author ORDER BY p.id
SELECT p.id, a.name FROM pages p, authors a WHERE a.id = p.author ORDER BY p.id
SELECT count(*) FROM pages CROSS JOIN authors
SELECT count(*) FROM pages JOIN authors
SELECT count(*) FROM pages, authors LEFT JOIN counters ON counters.name = pages.title
SELECT * FROM authors NATURAL JOIN (SELECT 'a1' AS id, 5 AS extra)
SELECT id, n FROM (SELECT id, 1 AS n FROM authors) JOIN (SELECT 'a1' AS id) USING (id)
SELECT a.id, count(p.id) FROM authors a LEFT JOIN pages p ON p.author = a.id GROUP BY a.id ORDER BY a.id
SELECT a.*, p.title FROM authors a JOIN pages p ON p.author = a.id ORDER BY p.id
SELECT a.id, b.id FROM authors a RIGHT JOIN pages b ON b.author = a.id ORDER BY b.id
SELECT a.id AS a, b.id AS b FROM authors a FULL OUTER JOIN pages b ON b.author = a.id ORDER BY b, a
SELECT p.id, (SELECT name FROM authors WHERE id = p.author) AS name FROM pages p ORDER BY p.id
SELECT * FROM (SELECT author, count(*) AS n FROM pages GROUP BY author) WHERE n > 1 ORDER BY author
SELECT author, title, max(views) FROM pages GROUP BY author ORDER BY author
SELECT author, name, count(*) FROM pages JOIN authors a ON a.id = author GROUP BY author ORDER BY author

-- [compound, with, window]
SELECT id FROM authors UNION SELECT id FROM pages ORDER BY id
SELECT id FROM authors UNION ALL SELECT author FROM pages WHERE author IS NOT NULL ORDER BY id
SELECT author FROM pages EXCEPT SELECT id FROM authors WHERE salary > 5000000 ORDER BY 1
SELECT id FROM authors INTERSECT SELECT author FROM pages ORDER BY id
SELECT 1 UNION SELECT 'a' UNION SELECT 2.5 ORDER BY 1
SELECT 1 AS a UNION ALL SELECT NULL UNION ALL SELECT 'x'
WITH top AS (SELECT * FROM pages ORDER BY views DESC LIMIT 2) SELECT id FROM top ORDER BY id
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT x FROM n
WITH RECURSIVE days(d) AS (SELECT '2024-01-01' UNION ALL SELECT date(d, '+1 day') FROM days WHERE d < '2024-01-05') SELECT d FROM days
WITH t(a, b) AS (VALUES (1, 'x'), (2, 'y')) SELECT * FROM t ORDER BY a
VALUES (1, 'a'), (2, 'b')
SELECT id, row_number() OVER (ORDER BY id) AS n FROM pages
SELECT id, rank() OVER (ORDER BY published) AS r FROM pages ORDER BY id
SELECT id, sum(views) OVER (ORDER BY id) AS running FROM pages ORDER BY id
SELECT id, sum(views) OVER (PARTITION BY author ORDER BY id) AS running FROM pages ORDER BY id
SELECT id, lag(views) OVER (ORDER BY id), lead(views, 1, 0) OVER (ORDER BY id) FROM pages ORDER BY id
SELECT id, ntile(2) OVER (ORDER BY id), first_value(id) OVER (ORDER BY id) FROM pages ORDER BY id
SELECT author, count(*) FILTER (WHERE published) FROM pages GROUP BY author ORDER BY author
SELECT id, dense_rank() OVER w, percent_rank() OVER w FROM pages WINDOW w AS (ORDER BY score) ORDER BY id
SELECT id, round(100.0 * views / sum(views) OVER (), 1) AS share FROM pages ORDER BY id

-- [changes of rows]
UPDATE pages SET views = views + 1
UPDATE pages SET views = coalesce(views, 0) + 1, title = upper(title) WHERE published
UPDATE pages SET published = NOT published
UPDATE pages SET published = 'true' WHERE id = 'p1'
UPDATE pages SET score = '4.5' WHERE id = 'p1'
UPDATE pages SET views = '12' WHERE id = 'p1'
UPDATE pages SET title = 5 WHERE id = 'p1'
UPDATE pages SET author = (SELECT id FROM authors ORDER BY salary DESC LIMIT 1) WHERE author IS NULL
UPDATE pages SET title = a.name FROM authors a WHERE a.id = pages.author
UPDATE pages SET (title, views) = ('x', 1) WHERE id = 'p1'
UPDATE authors SET salary = salary * 1.1 WHERE salary IS NOT NULL
UPDATE authors SET id = 'a1' WHERE id = 'a2'
DELETE FROM pages WHERE views < 100
DELETE FROM pages WHERE author IN (SELECT id FROM authors WHERE name LIKE 'A%')
DELETE FROM pages
INSERT INTO authors VALUES ('a5', 'Eka', '1990-01-01', 100)
INSERT INTO authors (id, name) VALUES ('a5', 'Eka'), ('a6', 'Fani')
INSERT INTO authors (id) VALUES ('a1')
INSERT INTO authors (id, nope) VALUES ('a5', 'x')
INSERT INTO pages (id, title) SELECT 'x' || id, name FROM authors
INSERT INTO pages (id, title, views) VALUES ('p9', NULL, 'banyak')
INSERT INTO counters DEFAULT VALUES
INSERT INTO events (msg) VALUES (NULL)

-- [schema]
CREATE TABLE extra (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'x', at DATETIME DEFAULT CURRENT_TIMESTAMP); DROP TABLE extra
CREATE TABLE IF NOT EXISTS pages (id TEXT)
CREATE TABLE pages (id TEXT)
CREATE INDEX extra_idx ON pages (title COLLATE NOCASE, views DESC); DROP INDEX extra_idx
CREATE UNIQUE INDEX extra_idx ON pages (author)
CREATE INDEX extra_idx ON pages (lower(title)) WHERE published; DROP INDEX IF EXISTS extra_idx
CREATE VIEW extra AS SELECT author, count(*) AS n FROM pages GROUP BY author; DROP VIEW extra
ALTER TABLE authors ADD COLUMN city TEXT DEFAULT 'Jakarta'; ALTER TABLE authors DROP COLUMN city
ALTER TABLE authors RENAME COLUMN born TO birthday; ALTER TABLE authors RENAME COLUMN birthday TO born
ALTER TABLE authors RENAME TO writers; ALTER TABLE writers RENAME TO authors
DROP TABLE nothing
DROP TABLE IF EXISTS nothing
SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('pages', 'authors') ORDER BY name
SELECT name, type, "notnull", pk FROM pragma_table_info('pages') ORDER BY cid
PRAGMA table_info(authors)
SELECT sql FROM sqlite_schema WHERE name = 'counters'
SELECT sqlite_version() IS NOT NULL
SELECT nope FROM pages
SELECT * FROM nope
SELEC 1
SELECT id FROM pages WHERE
SELECT unknown_function(1)
