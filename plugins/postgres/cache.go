package postgres

import (
	"container/list"
	"strings"
	"sync"

	"jasaweb/plugins/postgres/translate"
)

// cache keeps translations, the least recently used goes first. Keys are
// normalised texts with the signs of their arguments.
type cache struct {
	mu    sync.Mutex
	size  int
	byKey map[string]*list.Element
	order *list.List
}

type entry struct {
	key   string
	stmts []*translate.Statement
}

func newCache(size int) *cache {
	return &cache{size: size, byKey: map[string]*list.Element{}, order: list.New()}
}

func (c *cache) get(key []byte) []*translate.Statement {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[string(key)]
	if !ok {
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*entry).stmts
}

func (c *cache) put(key string, stmts []*translate.Statement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[key]; ok {
		return
	}
	c.byKey[key] = c.order.PushFront(&entry{key, stmts})
	if c.order.Len() > c.size {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.byKey, last.Value.(*entry).key)
	}
}

// randomNames are the prefixes of identifiers that PocketBase ends with random
// letters, and how many. They would make every statement a new one.
var randomNames = []struct {
	prefix string
	random int
}{{"__pb_create__", 6}, {"__ml", 8}, {"__mr", 8}, {"__sm", 8}}

// normalise replaces the random parts of identifiers by their number. The
// names are aliases, so the result of the statement does not change.
func normalise(query string) string {
	if !strings.Contains(query, "__") {
		return query
	}
	var b strings.Builder
	var seen []string
	last := 0
	for i := 0; i+4 < len(query); {
		if query[i] == '\'' { // a string: copied as it is
			end := strings.IndexByte(query[i+1:], '\'')
			if end < 0 {
				break
			}
			i += end + 2
			continue
		}
		n := 0
		if query[i] == '_' && query[i+1] == '_' {
			n = randomAt(query[i:])
		}
		if n == 0 {
			i++
			continue
		}
		end := i + n
		name := query[i:end]
		number := -1
		for k, s := range seen {
			if s == name {
				number = k
			}
		}
		if number < 0 {
			number = len(seen)
			seen = append(seen, name)
		}
		b.WriteString(query[last:i])
		b.WriteString("__n")
		b.WriteString(string(rune('0' + number%10)))
		b.WriteString(string(rune('a' + number/10)))
		last, i = end, end
	}
	if last == 0 {
		return query
	}
	b.WriteString(query[last:])
	return b.String()
}

// randomAt gives the length of the random name that s begins with, or 0.
func randomAt(s string) int {
	for _, r := range randomNames {
		if n := len(r.prefix) + r.random; strings.HasPrefix(s, r.prefix) && len(s) >= n && letters(s[len(r.prefix):n]) {
			return n
		}
	}
	return 0
}

func letters(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
