package translate

import "strings"

// Kind is the Postgres shape of a value.
type Kind uint8

// The kinds. Num, Flex and Dyn exist because SQLite types values, not columns.
const (
	Null Kind = iota // the literal NULL
	Text             // text
	Int              // int8
	Num              // float8 that SQLite would hold as an integer when it is integral (NUMERIC)
	Real             // float8 that SQLite holds as a float even when it is integral
	Bool             // boolean; SQLite's 1 and 0
	Flex             // text that SQLite reads as a number when it looks like one (JSON, DATETIME)
	Blob             // bytea
	Dyn              // sqlite.dyn: number, text or blob, known per row
)

var pgTypes = [...]string{Null: "text", Text: "text", Int: "int8", Num: "float8", Real: "float8", Bool: "boolean", Flex: "text", Blob: "bytea", Dyn: "sqlite.dyn"}

func (k Kind) pg() string { return pgTypes[k] }

func (k Kind) number() bool { return k == Int || k == Num || k == Real || k == Bool }

// affinity is SQLite's column affinity (https://sqlite.org/datatype3.html).
type affinity uint8

const (
	affNone affinity = iota // an expression, or a column without a type
	affText
	affNumeric // also INTEGER and REAL: they differ only in storage
)

// kindOf gives the storage of a column with the declared type decl. It follows
// SQLite's rules by substring; what has NUMERIC affinity but usually holds text
// (JSON, DATETIME) is kept as text, so that nothing is reprinted.
func kindOf(decl string) Kind {
	d := strings.ToUpper(decl)
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(d, p) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.TrimSpace(d) == "":
		return Dyn
	case has("INT"):
		return Int
	case has("CHAR", "CLOB", "TEXT"):
		return Text
	case has("BLOB"):
		return Blob
	case has("REAL", "FLOA", "DOUB"):
		return Real
	case has("BOOL"):
		return Bool
	case has("NUMERIC", "DECIMAL", "NUMBER"):
		return Num
	}
	return Flex
}

func (k Kind) affinity() affinity {
	switch k {
	case Text:
		return affText
	case Int, Num, Real, Bool, Flex:
		return affNumeric
	}
	return affNone
}

// common is the kind that holds values of both.
func common(a, b Kind) Kind {
	switch {
	case a == b || b == Null:
		return a
	case a == Null:
		return b
	case a.number() && b.number():
		if a == Bool {
			a = Int
		}
		if b == Bool {
			b = Int
		}
		if a == b {
			return a
		}
		return Num
	}
	return Dyn
}
