package differential

import (
	"encoding/json"
	"math"
	"net/url"
	"reflect"
	"regexp"
	"slices"
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
			return d.Want.Status == d.Got.Status && (strings.HasPrefix(d.Request.Path, "/api/collections/"+huge+"/") || namesHugeNumber(d.Request.Path) || d.ofHugeNumbers())
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
	anyNumber  = regexp.MustCompile(`[:\[,]-?\d+(\.\d+)?(e[+-]?\d+)?`)
)

// ofHugeNumbers says whether the lists differ, and each record that only one of
// them holds has a number that a float cannot hold exactly.
func (d Difference) ofHugeNumbers() bool {
	only := [2]map[string]json.RawMessage{}
	for i, body := range []string{d.Want.Body, d.Got.Body} {
		var page struct{ Items []json.RawMessage }
		if json.Unmarshal([]byte(body), &page) != nil {
			return false
		}
		only[i] = map[string]json.RawMessage{}
		for _, item := range page.Items {
			var record struct{ ID string }
			if json.Unmarshal(item, &record) == nil {
				only[i][record.ID] = item
			}
		}
	}
	differ := 0
	for i, list := range only {
		for id, item := range list {
			if _, both := only[1-i][id]; both {
				continue
			}
			if differ++; !slices.ContainsFunc(anyNumber.FindAllString(string(item), -1), func(n string) bool { return beyondFloat(n[1:]) }) {
				return false
			}
		}
	}
	return differ > 0
}

func beyondFloat(digits string) bool {
	n, err := strconv.ParseFloat(digits, 64)
	return err == nil && math.Abs(n) >= 1<<53
}

// namesHugeNumber says whether a filter holds a number that a float cannot.
func namesHugeNumber(path string) bool {
	for _, digits := range longNumber.FindAllString(unescaped(path), -1) {
		if beyondFloat(digits) {
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

// class is the name of the class that a difference is of, "" for none.
func (d Difference) class() string {
	for _, c := range Classes {
		if c.is(d) {
			return c.Name
		}
	}
	return ""
}

// classify splits differences into those of a class, by its name, and the others.
func classify(all []Difference) (known map[string]int, unknown []Difference) {
	known = map[string]int{}
	for _, d := range all {
		if name := d.class(); name != "" {
			known[name]++
		} else {
			unknown = append(unknown, d)
		}
	}
	return known, unknown
}
