package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"strconv"
	"strings"

	"jasaweb/plugins/postgres/translate"
)

// cell is a value on its way between the databases: SQLite's storage class
// (null, integer, real, text, blob) and the value as text, blobs as hex.
type cell struct{ class, text string }

// cellOf reads what COPY wrote of a column.
func cellOf(kind translate.Kind, s string) cell {
	switch kind {
	case translate.Int:
		return cell{"integer", s}
	case translate.Real:
		return cell{"real", s}
	case translate.Num:
		if f, err := strconv.ParseFloat(s, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return cell{"integer", strconv.FormatInt(int64(f), 10)}
		}
		return cell{"real", s}
	case translate.Bool:
		if s == "t" {
			return cell{"integer", "1"}
		}
		return cell{"integer", "0"}
	case translate.Blob:
		return cell{"blob", strings.TrimPrefix(s, `\x`)}
	case translate.Dyn:
		switch v := parseDyn(s).(type) {
		case int64:
			return cell{"integer", strconv.FormatInt(v, 10)}
		case float64:
			return cell{"real", strconv.FormatFloat(v, 'g', -1, 64)}
		case []byte:
			return cell{"blob", hex.EncodeToString(v)}
		case string:
			return cell{"text", v}
		}
	}
	return cell{"text", s}
}

// canonical is the same text for the same value in both databases.
func (c cell) canonical(kind translate.Kind) string {
	s := c.text
	class := c.class
	if class == "text" && kind == translate.Flex {
		if n, ok := translate.Number(s); ok {
			s, class = n, "real"
		}
	}
	switch class {
	case "null":
		return "n"
	case "integer":
		return "#" + s
	case "real":
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return "#" + strconv.FormatInt(n, 10)
		}
		f, _ := strconv.ParseFloat(s, 64)
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return "#" + strconv.FormatInt(int64(f), 10)
		}
		return "#" + strconv.FormatFloat(f, 'g', -1, 64)
	case "blob":
		if kind == translate.Text || kind == translate.Flex { // kept as text there
			if raw, err := hex.DecodeString(s); err == nil {
				return "t" + clean(string(raw))
			}
		}
		return "b" + strings.ToLower(s)
	}
	if kind == translate.Blob {
		return "b" + hex.EncodeToString([]byte(s))
	}
	return "t" + clean(s)
}

// checksum sums the rows of a table in order.
type checksum struct {
	hash hash.Hash
	rows int64
}

func newChecksum() *checksum { return &checksum{hash: sha256.New()} }

func (c *checksum) add(tb *translate.Table, cells []cell) {
	for i, v := range cells {
		kind := translate.Int // the rowid
		if i < len(tb.Columns) {
			kind = tb.Columns[i].Kind
		}
		s := v.canonical(kind)
		fmt.Fprintf(c.hash, "%d:%s,", len(s), s)
	}
	c.rows++
}

func (c *checksum) equal(other *checksum) error {
	if c.rows != other.rows {
		return fmt.Errorf("%d rows were read, %d arrived", c.rows, other.rows)
	}
	if string(c.hash.Sum(nil)) != string(other.hash.Sum(nil)) {
		return fmt.Errorf("the checksum over %d rows differs", c.rows)
	}
	return nil
}
