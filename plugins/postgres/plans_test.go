package postgres_test

import (
	"strings"
	"testing"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// TestIndexesServe asks Postgres how it runs what PocketBase asks: an index has
// to be used for equality, ranges, sorting, NOCASE, relations and JSON paths.
func TestIndexesServe(t *testing.T) {
	t.Parallel()
	for _, prepared := range []bool{false, true} {
		url := pgtest.Database(t)
		db := open(t, postgres.Config{URL: url, Prepared: prepared})
		must(t, db, "CREATE TABLE posts (`id` TEXT PRIMARY KEY NOT NULL, `title` TEXT DEFAULT '' NOT NULL, `n` NUMERIC DEFAULT 0 NOT NULL, `note` TEXT, `owner` TEXT DEFAULT '' NOT NULL, `tags` JSON DEFAULT '[]' NOT NULL, `meta` JSON DEFAULT NULL, `created` TEXT DEFAULT '' NOT NULL, `active` BOOLEAN DEFAULT FALSE NOT NULL)")
		must(t, db, "CREATE TABLE users (`id` TEXT PRIMARY KEY NOT NULL, `email` TEXT DEFAULT '' NOT NULL)")
		for _, index := range []string{
			"CREATE INDEX i_n ON posts (`n`)", "CREATE INDEX i_note ON posts (`note`)", "CREATE INDEX i_owner ON posts (`owner`, `created`)",
			"CREATE INDEX i_created ON posts (`created`, `id`)", "CREATE INDEX i_title ON posts (`title` COLLATE NOCASE)",
			"CREATE UNIQUE INDEX i_email ON users (`email`) WHERE `email` != ''",
			"CREATE INDEX i_meta ON posts ((CASE WHEN json_valid(`meta`) THEN JSON_EXTRACT(`meta`, '$.a.b') ELSE JSON_EXTRACT(json_object('pb', `meta`), '$.pb.a.b') END))",
			"CREATE INDEX i_day ON posts (strftime('%Y-%m-%d', `created`))",
		} {
			must(t, db, index)
		}
		err := pgtest.Shared(t).Exec(pgtest.Name(url), `INSERT INTO data.users (id, email) SELECT 'u' || g, 'mail' || g || '@x.test' FROM generate_series(1, 2000) g;
			INSERT INTO data.posts (id, title, n, note, owner, tags, meta, created)
			SELECT 'p' || g, 'Title ' || g, g % 5000, CASE WHEN g % 3 = 0 THEN NULL ELSE 'note' || g END, 'u' || (g % 2000), '["u' || (g % 2000) || '","u7"]', '{"a":{"b":' || (g % 4000) || '}}', '2024-01-' || lpad((g % 28 + 1)::text, 2, '0') || ' ' || g
			FROM generate_series(1, 20000) g`)
		if err != nil {
			t.Fatal(err)
		}
		must(t, db, "ANALYZE")
		for _, c := range []struct {
			index, query string
			args         []any
		}{
			{"posts_pkey", "SELECT * FROM posts WHERE `id` = ?", []any{"p7"}},
			{"posts_pkey", "SELECT * FROM posts WHERE `id` IN (?, ?, ?)", []any{"p7", "p8", "p9"}},
			{"posts_pkey", "SELECT * FROM posts ORDER BY `id` LIMIT 10", nil},
			{"i_n", "SELECT * FROM posts WHERE `n` = ?", []any{7.0}},
			{"i_n", "SELECT * FROM posts WHERE `n` = ?", []any{"7"}},
			{"i_n", "SELECT * FROM posts WHERE `n` > ? ORDER BY `n` LIMIT 10", []any{4990.5}},
			{"i_n", "SELECT * FROM posts ORDER BY `n` DESC LIMIT 10", nil},
			{"i_note", "SELECT * FROM posts WHERE (`note` = ? OR `note` IS NULL) AND `note` = ?", []any{"note7", "note7"}},
			{"i_note", "SELECT * FROM posts ORDER BY `note` DESC LIMIT 10", nil},
			{"i_note", "SELECT * FROM posts ORDER BY `note` LIMIT 10", nil},
			{"i_owner", "SELECT * FROM posts WHERE `owner` = ? ORDER BY `created` DESC LIMIT 30", []any{"u7"}},
			{"i_owner", "SELECT COUNT(DISTINCT `posts`.`id`) FROM posts WHERE `owner` = ?", []any{"u7"}},
			{"i_owner", "SELECT * FROM posts WHERE COALESCE(`owner`, '') = COALESCE(?, '')", []any{"u7"}},
			{"i_created", "SELECT * FROM posts WHERE `created` >= ? AND `created` < ?", []any{"2024-01-03", "2024-01-03 05"}},
			{"i_created", "SELECT * FROM posts ORDER BY `created` DESC, `id` DESC LIMIT 10", nil},
			{"i_title", "SELECT * FROM posts WHERE `title` = ? COLLATE NOCASE", []any{"TITLE 9"}},
			{"i_email", "SELECT * FROM users WHERE `email` = ? AND `email` != ''", []any{"mail7@x.test"}},
			{"users_pkey", "SELECT `posts`.`id`, `u`.`email` FROM posts LEFT JOIN users u ON `u`.`id` = `posts`.`owner` WHERE `posts`.`id` = ?", []any{"p7"}},
			{"users_pkey", "SELECT u.id FROM posts, json_each(CASE WHEN iif(json_valid(`posts`.`tags`), json_type(`posts`.`tags`)='array', FALSE) THEN `posts`.`tags` ELSE json_array(`posts`.`tags`) END) je JOIN users u ON u.id = je.value WHERE posts.id = ?", []any{"p7"}},
			{"i_meta", "SELECT * FROM posts WHERE (CASE WHEN json_valid(`posts`.`meta`) THEN JSON_EXTRACT(`posts`.`meta`, '$.a.b') ELSE JSON_EXTRACT(json_object('pb', `posts`.`meta`), '$.pb.a.b') END) = ?", []any{7.0}},
			{"i_day", "SELECT * FROM posts WHERE strftime('%Y-%m-%d', `created`) = ?", []any{"2024-01-03"}},
		} {
			rows, err := db.Query("EXPLAIN "+c.query, c.args...)
			if err != nil {
				t.Errorf("%s: %v", c.query, err)
				continue
			}
			var plan []string
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, line)
			}
			rows.Close()
			text := strings.Join(plan, "\n")
			if !strings.Contains(text, c.index) {
				t.Errorf("%s\nuses no %s:\n%s", c.query, c.index, text)
			}
		}
	}
}
