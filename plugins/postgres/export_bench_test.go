package postgres

import (
	"database/sql/driver"
	"testing"

	"jasaweb/plugins/postgres/translate"
)

// BenchHit measures finding a translation: normalising, the key and the look-up.
func BenchHit(b *testing.B) {
	const query = "SELECT `posts`.* FROM `posts` WHERE (`posts`.`title` = ? AND `posts`.`n` > ?) ORDER BY `posts`.`id` LIMIT 30"
	args := []driver.NamedValue{{Ordinal: 1, Value: "x"}, {Ordinal: 2, Value: 5.0}}
	c := newCache(16)
	key := func() []byte {
		in := bind(args)
		q := normalise(query)
		k := append(append(make([]byte, 0, len(q)+len(in.signs)+1), q...), 0)
		return append(k, in.signs...)
	}
	c.put(string(key()), []*translate.Statement{{}})
	for b.Loop() {
		if c.get(key()) == nil {
			b.Fatal("not found")
		}
	}
}
