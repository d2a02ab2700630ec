package differential

import "strings"

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
		Name: "sums beyond 2^53",
		Rule: "SQLite keeps whole numbers of a number field as 64-bit integers and adds them as such; on Postgres they are double precision, exact up to 9,007,199,254,740,992, in the table and in SUM and AVG.",
		is: func(d Difference) bool {
			return d.Want.Status == d.Got.Status && strings.HasPrefix(d.Request.Path, "/api/collections/"+huge+"/")
		},
	},
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
