package postgres

import (
	"container/list"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sqlc-dev/meyer/lexer"
	"github.com/sqlc-dev/meyer/token"

	"jasaweb/plugins/postgres/translate"
)

// How many translations are kept: against the schema, and against the one that
// a transaction has changed and nobody else sees yet.
const (
	maxTranslations  = 4096
	maxOfTransaction = 256
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
// names are aliases, so the result of the statement does not change. What is an
// identifier SQLite's tokenizer says: strings, comments and parameters stay as
// they are.
func normalise(query string) string {
	if !hasRandom(query) {
		return query
	}
	var b strings.Builder
	var seen []string
	last := 0
	for _, tok := range lexer.Lex(query) {
		if tok.Kind != token.ID {
			continue
		}
		if query[tok.Pos] == '"' && hasRandom(query[tok.Pos:tok.End]) {
			return query // SQLite takes it for a string where no column has that name
		}
		for i := tok.Pos; i < tok.End; {
			n := randomAt(query[i:tok.End])
			if n == 0 {
				i++
				continue
			}
			name := query[i : i+n]
			number := slices.Index(seen, name)
			if number < 0 {
				number = len(seen)
				seen = append(seen, name)
			}
			b.WriteString(query[last:i])
			fmt.Fprintf(&b, "__n%04d", number)
			i += n
			last = i
		}
	}
	b.WriteString(query[last:])
	return b.String()
}

// hasRandom tells cheaply whether s has a random name anywhere.
func hasRandom(s string) bool {
	for i := strings.Index(s, "__"); i >= 0 && i < len(s); i++ {
		if randomAt(s[i:]) > 0 {
			return true
		}
	}
	return false
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
