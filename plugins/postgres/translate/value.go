package translate

import (
	"math"
	"strconv"
	"strings"
)

// value is an emitted expression with what SQLite knows about it.
type value struct {
	sql      string
	kind     Kind
	aff      affinity
	decl     string // declared type of the column it is
	castDecl string
	nocase   bool
	notNull  bool
	column   bool // a plain column, whose collation is already "C"
	lit      bool // a literal; text holds its value for Text
	text     string
	param    bool
	integral bool // a float64 argument without a fraction
	boolCol  bool // a column declared BOOLEAN, read as true and false
	truth    bool // TRUE or FALSE
	table    *Table
}

func null() value { return value{sql: "NULL", kind: Null, lit: true} }

func textLit(s string) value {
	return value{sql: Literal(s) + "::text", kind: Text, lit: true, text: s, notNull: true}
}

func intLit(sql string) value {
	return value{sql: sql + "::int8", kind: Int, lit: true, text: sql, notNull: true}
}

func expr(kind Kind, sql string) value { return value{sql: sql, kind: kind} }

func (v value) typed() string {
	if v.kind == Null {
		return "NULL::text"
	}
	return v.sql
}

// asText is the value as SQLite prints it.
func (v value) asText() string {
	switch v.kind {
	case Null:
		return "NULL::text"
	case Text, Flex:
		return v.sql
	case Int:
		if v.integral {
			return "sqlite.real_text((" + v.sql + ")::float8)"
		}
		if v.lit {
			return Literal(v.text) + "::text"
		}
		return "(" + v.sql + ")::text"
	case Num:
		return "sqlite.num_text(" + v.sql + ")"
	case Real:
		return "sqlite.real_text(" + v.sql + ")"
	case Bool:
		return "(" + v.sql + ")::int4::text"
	case Blob:
		return "convert_from(" + v.sql + ", 'UTF8')"
	}
	return "sqlite.dyn_text(" + v.sql + ")"
}

// asNumber is the value in arithmetic: text counts by its numeric beginning.
func (v value) asNumber() value {
	switch v.kind {
	case Null:
		return value{sql: "NULL::float8", kind: Num}
	case Int, Num, Real:
		v.column = false
		return v
	case Bool:
		return value{sql: "(" + v.sql + ")::int4::int8", kind: Int, notNull: v.notNull}
	case Text, Flex:
		return value{sql: "sqlite.text_number(" + v.sql + ")", kind: Num, notNull: v.notNull}
	case Blob:
		return value{sql: "sqlite.text_number(convert_from(" + v.sql + ", 'UTF8'))", kind: Num}
	}
	return value{sql: "sqlite.dyn_number(" + v.sql + ")", kind: Num}
}

// asFloat is asNumber as float8.
func (v value) asFloat() string {
	n := v.asNumber()
	if n.kind == Int {
		return "(" + n.sql + ")::float8"
	}
	return n.sql
}

// asMath is the argument of a mathematical function: NULL for what is no number,
// where arithmetic takes the number that a text begins with.
func (v value) asMath() string {
	switch v.kind {
	case Text, Flex:
		return "NULLIF(sqlite.text_num(" + v.sql + "), 'NaN')"
	case Dyn:
		return "NULLIF(sqlite.dyn_num(" + v.sql + "), 'NaN')"
	case Blob:
		return "NULL::float8"
	}
	return v.asFloat()
}

// asInt is CAST(v AS INTEGER).
func (v value) asInt() string {
	n := v.asNumber()
	if n.kind == Int {
		return n.sql
	}
	return "sqlite.to_int(" + n.sql + ")"
}

// asDyn wraps the value with its storage class.
func (v value) asDyn() string {
	switch v.kind {
	case Null:
		return "NULL::sqlite.dyn"
	case Text:
		return "sqlite.dt(" + v.sql + ")"
	case Int:
		return "sqlite.dn((" + v.sql + ")::float8)"
	case Num, Real:
		return "sqlite.dn(" + v.sql + ")"
	case Bool:
		return "sqlite.dn((" + v.sql + ")::int4::float8)"
	case Flex:
		return "sqlite.flex(" + v.sql + ")"
	case Blob:
		return "sqlite.db(" + v.sql + ")"
	}
	return v.sql
}

// cond is the value as a condition.
func (v value) cond() string {
	switch v.kind {
	case Null:
		return "NULL::boolean"
	case Bool:
		return v.sql
	case Int, Num, Real:
		if v.lit {
			if f, err := strconv.ParseFloat(v.text, 64); err == nil {
				return map[bool]string{true: "TRUE", false: "FALSE"}[f != 0]
			}
		}
		return "(" + v.sql + " <> 0)"
	}
	return "(" + v.asFloat() + " <> 0)"
}

// to converts without storing: for the branches of CASE and UNION.
func (v value) to(k Kind) string {
	if v.kind == k {
		return v.sql
	}
	if v.kind == Null {
		return "NULL::" + k.pg()
	}
	switch k {
	case Text, Flex:
		return v.asText()
	case Int:
		return v.asInt()
	case Num, Real:
		return v.asFloat()
	case Bool:
		return v.cond()
	case Blob:
		return "convert_to(" + v.asText() + ", 'UTF8')"
	}
	return v.asDyn()
}

// store converts for a column: its affinity applies, and what the column's
// Postgres type cannot hold is an error instead of a silently other value.
func (v value) store(c *Column) string {
	if v.kind == Null {
		return "NULL"
	}
	if v.kind == c.Kind && !v.integral {
		return v.sql
	}
	switch c.Kind {
	case Flex: // numbers lose nothing as text, and SQLite would make them numbers again
		if v.integral {
			return "(" + v.sql + ")::text"
		}
		return v.asText()
	case Text:
		return v.asText()
	case Bool:
		if v.kind.number() {
			return v.cond()
		}
		return "sqlite.store_bool(" + v.asText() + ")"
	case Int:
		if v.kind == Num || v.kind == Real {
			return "sqlite.store_int(" + v.sql + ")"
		}
		if v.kind == Int || v.kind == Bool {
			return v.asNumber().sql
		}
		return "sqlite.store_int(sqlite.store_number(" + v.asText() + "))"
	case Num, Real:
		if v.kind.number() {
			return v.asFloat()
		}
		return "sqlite.store_number(" + v.asText() + ")"
	}
	return v.to(c.Kind)
}

// looksNumeric tells whether SQLite's NUMERIC affinity turns s into a number.
func looksNumeric(s string) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	if s == "" || strings.ContainsAny(s, "xXpP_iInN") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func formatFloat(f float64) string {
	if math.IsInf(f, 0) {
		return map[bool]string{true: "'Infinity'", false: "'-Infinity'"}[f > 0]
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func floatLit(f float64) value {
	kind := Real
	return value{sql: formatFloat(f) + "::float8", kind: kind, lit: true, text: strconv.FormatFloat(f, 'g', -1, 64), notNull: true}
}
