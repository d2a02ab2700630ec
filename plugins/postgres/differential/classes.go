package differential

import (
	"encoding/json"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Class is a kind of difference that is known and cannot be taken away.
type Class struct {
	Name string
	// Rule is what SQLite does and Postgres cannot.
	Rule string
	is   func(Difference) bool
}

// Classes are all that is allowed to differ; together they may make no more
// than 0.2 % of the cases.
var Classes = []Class{
	{
		Name: "numbers beyond 2^53",
		Rule: "SQLite keeps whole numbers as 64-bit integers, adds them as such and compares them exactly with fractions; on Postgres the values of number fields are double precision, exact up to 9,007,199,254,740,992.",
		is: func(d Difference) bool {
			return d.Want.Status == d.Got.Status && (strings.HasPrefix(d.Request.Path, "/api/collections/"+huge+"/") || namesHugeNumber(d.Request.Path))
		},
	},
	{
		Name: "whole results of SUM, AVG and ROUND",
		Rule: "In SQLite a computed REAL is the text '3.0' for LIKE; a view's column of no declared type, which PocketBase reads as JSON, gives the number 3 and the text '3' on Postgres, and 4294967396 where SQLite writes 4.294967396e+09. The numbers are equal.",
		is: func(d Difference) bool {
			return d.Want.Status == d.Got.Status && (likeOnReal.MatchString(unescaped(d.Request.Path)) || equalNumbers(d.Want.Body, d.Got.Body))
		},
	},
	{
		Name: "which of two broken constraints is named",
		Rule: "A record that breaks two unique constraints at once is refused by both databases; SQLite names the one of the index made last, Postgres the primary key.",
		is: func(d Difference) bool {
			return d.Want.Status == 400 && d.Got.Status == 400 && strings.Contains(d.Want.Body, "validation_not_unique") && strings.Contains(d.Got.Body, "validation_not_unique")
		},
	},
}

// equalNumbers says whether two answers are the same but for how they write numbers.
func equalNumbers(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

var (
	likeOnReal = regexp.MustCompile(`/(v_numbers|v_groups)/records.*\b(rounded|mean|amount)\s*\??!?~|/(v_numbers|v_groups)/records.*~\s*(rounded|mean|amount)\b`)
	longNumber = regexp.MustCompile(`\d{16,}`)
)

// namesHugeNumber says whether a filter holds a number that a float cannot.
func namesHugeNumber(path string) bool {
	for _, digits := range longNumber.FindAllString(unescaped(path), -1) {
		if n, err := strconv.ParseFloat(digits, 64); err == nil && n >= 1<<53 {
			return true
		}
	}
	return false
}

func unescaped(path string) string {
	if plain, err := url.QueryUnescape(path); err == nil {
		return plain
	}
	return path
}

// classify splits differences into those of a class, by its name, and the others.
func classify(all []Difference) (known map[string]int, unknown []Difference) {
	known = map[string]int{}
next:
	for _, d := range all {
		for _, c := range Classes {
			if c.is(d) {
				known[c.Name]++
				continue next
			}
		}
		unknown = append(unknown, d)
	}
	return known, unknown
}
