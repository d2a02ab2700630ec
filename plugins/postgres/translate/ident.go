package translate

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxIdent is the longest identifier that Postgres keeps, in bytes. It cuts
// longer ones silently, so two of PocketBase's long names would become one.
const maxIdent = 63

var longNames sync.Map // shortened → original

// pgName is the name in Postgres of the SQLite name s.
func pgName(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if len(s) <= maxIdent {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	cut := 48
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	short := s[:cut] + "~" + hex.EncodeToString(sum[:7])
	longNames.Store(short, s)
	return short
}

// OriginalName undoes the shortening of a name that Postgres returned.
func OriginalName(s string) string {
	if len(s) > 48 {
		if long, ok := longNames.Load(s); ok {
			return long.(string)
		}
	}
	return s
}

// Quote writes a name as a Postgres identifier.
func Quote(name string) string {
	return `"` + strings.ReplaceAll(pgName(name), `"`, `""`) + `"`
}

// Literal writes s as a Postgres string constant, whatever the session's
// standard_conforming_strings says.
func Literal(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''")
	if strings.Contains(s, `\`) {
		return `E'` + strings.ReplaceAll(s, `\`, `\\`) + `'`
	}
	return "'" + s + "'"
}

func fold(s string) string { return strings.ToLower(s) }
