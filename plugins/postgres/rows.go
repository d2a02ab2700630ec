package postgres

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

// arguments are a statement's arguments with the signs that translations are
// cached by.
type arguments struct {
	signs  []byte
	text   [][]byte
	values []any
}

func bind(args []driver.NamedValue) *arguments {
	in := &arguments{signs: make([]byte, len(args)), text: make([][]byte, len(args)), values: make([]any, len(args))}
	for i, a := range args {
		in.values[i] = a.Value
		in.signs[i], in.text[i] = encode(a.Value)
	}
	return in
}

func encode(v any) (byte, []byte) {
	switch x := v.(type) {
	case nil:
		return translate.SignNull, nil
	case string:
		return translate.SignText, []byte(clean(x))
	case int64:
		return translate.SignInt, strconv.AppendInt(nil, x, 10)
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return translate.SignIntegral, strconv.AppendInt(nil, int64(x), 10)
		}
		return translate.SignReal, strconv.AppendFloat(nil, x, 'g', -1, 64)
	case bool:
		return translate.SignBool, strconv.AppendBool(nil, x)
	case []byte:
		if x == nil {
			return translate.SignNull, nil
		}
		return translate.SignBlob, []byte(`\x` + hex.EncodeToString(x))
	case time.Time:
		return translate.SignText, []byte(x.Format("2006-01-02 15:04:05.999999999 -0700 MST"))
	}
	return translate.SignText, []byte(clean(fmt.Sprint(v)))
}

// clean removes what Postgres' text cannot hold: NUL and invalid UTF-8.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// textArray writes arguments in the text format of a text[].
func textArray(args []int, text [][]byte) []byte {
	out := []byte{'{'}
	for i, n := range args {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		for _, c := range text[n] {
			if c == '"' || c == '\\' {
				out = append(out, '\\')
			}
			out = append(out, c)
		}
		out = append(out, '"')
	}
	return append(out, '}')
}

// rows is a result, read whole: SQLite allows another statement while rows are
// open, a Postgres connection does not.
type rows struct {
	names    []string
	decls    []string
	decode   []func([]byte) driver.Value
	pick     []int // the columns that are shown; nil shows all
	data     [][][]byte
	next     int
	affected int64
}

const (
	oidBool    = 16
	oidBytea   = 17
	oidInt8    = 20
	oidInt2    = 21
	oidInt4    = 23
	oidFloat4  = 700
	oidFloat8  = 701
	oidNumeric = 1700
)

// result is what the server answered to one statement.
type result struct {
	fields []pgconn.FieldDescription
	rows   [][][]byte
	tag    pgconn.CommandTag
}

// readAll reads a result whole. Unlike pgconn's own, it keeps the columns of a
// result without rows.
func readAll(reader *pgconn.ResultReader) (*result, error) {
	r := &result{fields: slices.Clone(reader.FieldDescriptions())}
	for reader.NextRow() {
		values := reader.Values()
		size := 0
		for _, v := range values {
			size += len(v)
		}
		row, buffer := make([][]byte, len(values)), make([]byte, 0, size)
		for i, v := range values {
			if v != nil {
				buffer = append(buffer, v...)
				row[i] = buffer[len(buffer)-len(v) : len(buffer) : len(buffer)]
			}
		}
		r.rows = append(r.rows, row)
	}
	var err error
	r.tag, err = reader.Close()
	return r, err
}

func (c *conn) newRows(r *result, st *translate.Statement) *rows {
	out := &rows{data: r.rows, affected: r.tag.RowsAffected()}
	if r.tag.Select() {
		out.affected = 0
	}
	known := map[string]translate.Output{}
	if st.Star {
		for _, col := range st.Columns {
			known[col.Name] = col
		}
	}
	for i, f := range r.fields {
		name := translate.OriginalName(f.Name)
		if st.Star {
			if name == "_rowid_" || st.HiddenColumn(name) {
				continue
			}
		}
		col := translate.Output{Name: name, Kind: translate.Null}
		if st.Star {
			if k, ok := known[name]; ok {
				col = k
			}
		} else if i < len(st.Columns) {
			col = st.Columns[i]
		}
		out.pick = append(out.pick, i)
		out.names = append(out.names, col.Name)
		out.decls = append(out.decls, strings.ToUpper(col.Decl))
		out.decode = append(out.decode, decoder(f.DataTypeOID, col.Kind, c.schema.store.dynOID))
	}
	return out
}

func (r *rows) Columns() []string { return r.names }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.next >= len(r.data) {
		return io.EOF
	}
	row := r.data[r.next]
	r.next++
	for i, n := range r.pick {
		if row[n] == nil {
			dest[i] = nil
			continue
		}
		dest[i] = r.decode[i](row[n])
	}
	return nil
}

// ColumnTypeDatabaseTypeName is the declared type, "" for an expression.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.decls[i] }

// ColumnTypeNullable is what SQLite's driver says of every column.
func (r *rows) ColumnTypeNullable(int) (nullable, ok bool) { return true, true }

func decoder(oid uint32, kind translate.Kind, dynOID uint32) func([]byte) driver.Value {
	switch oid {
	case oidBool:
		return func(b []byte) driver.Value {
			if b[0] == 't' {
				return int64(1)
			}
			return int64(0)
		}
	case oidInt8, oidInt2, oidInt4:
		return func(b []byte) driver.Value {
			n, err := strconv.ParseInt(string(b), 10, 64)
			if err != nil {
				return string(b)
			}
			return n
		}
	case oidFloat8, oidFloat4, oidNumeric:
		real := kind == translate.Real
		return func(b []byte) driver.Value { return number(string(b), real) }
	case oidBytea:
		return func(b []byte) driver.Value {
			out, err := hex.DecodeString(strings.TrimPrefix(string(b), `\x`))
			if err != nil {
				return []byte(b)
			}
			return out
		}
	case dynOID:
		return func(b []byte) driver.Value { return parseDyn(string(b)) }
	}
	if kind == translate.Flex {
		return func(b []byte) driver.Value {
			s := string(b)
			if n, ok := translate.Number(s); ok {
				return number(n, false)
			}
			return s
		}
	}
	return func(b []byte) driver.Value { return string(b) }
}

// number is a float8: an integer where SQLite would hold one.
func number(s string, real bool) driver.Value {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	if !real && f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		return int64(f)
	}
	return f
}

// parseDyn reads a composite in Postgres' text form: (1,12.5,"") or (2,0,"a ""b""").
func parseDyn(s string) driver.Value {
	parts := strings.SplitN(strings.TrimSuffix(strings.TrimPrefix(s, "("), ")"), ",", 3)
	if len(parts) != 3 {
		return s
	}
	if parts[0] == "1" {
		return number(parts[1], false)
	}
	t := parts[2]
	if len(t) >= 2 && t[0] == '"' {
		t = strings.NewReplacer(`""`, `"`, `\\`, `\`, `\"`, `"`).Replace(t[1 : len(t)-1])
	}
	if parts[0] == "3" {
		if b, err := hex.DecodeString(t); err == nil {
			return b
		}
	}
	return t
}
