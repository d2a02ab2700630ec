package differential

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// Coverage is what the cases have met.
type Coverage struct {
	lists, filtered int            // list requests; those with a filter that PocketBase accepts
	some, none, all int            // filters that match between 1 and n−1 records, none, all
	refused         int            // filters that PocketBase refuses
	slow            int            // requests given up because they took too long to compare
	writes, written int            // requests that write; those that succeed
	operators       map[string]int // comparisons by operator
	kinds           map[kind]int   // filters and writes by field type
	modifiers       map[string]int // comparisons by modifier, function or kind of path
}

func (c *Coverage) fields(used []kind) {
	if c.kinds == nil {
		c.kinds, c.operators, c.modifiers = map[kind]int{}, map[string]int{}, map[string]int{}
	}
	for _, k := range used {
		c.kinds[k]++
	}
}

// list counts a list request, and how many records its filter chose.
func (c *Coverage) list(f *Fuzz, q query, answer Answer) {
	c.fields(nil)
	c.lists++
	if q.filter == nil {
		return
	}
	for _, e := range q.filter.comparisons() {
		c.operators[e.operator]++
		c.fields(e.kinds)
		for _, feature := range []string{":each", ":length", ":lower", "_via_", "@collection", "@request", "geoDistance", "strftime", "self.", "rels.", ".a"} {
			if strings.Contains(e.operand+" "+e.value, feature) {
				c.modifiers[feature]++
			}
		}
	}
	if answer.Status != 200 {
		c.refused++
		return
	}
	if q.token != f.Token || strings.Contains(q.page, "skipTotal") {
		return // the rule filters too, or nothing was counted
	}
	var page struct{ TotalItems int }
	if json.Unmarshal([]byte(answer.Body), &page) != nil {
		return
	}
	c.filtered++
	switch page.TotalItems {
	case 0:
		c.none++
	case len(f.g.ids[q.collection]):
		c.all++
	default:
		c.some++
	}
}

// Selective is the share of the filters that match some records and not all.
func (c *Coverage) Selective() float64 { return float64(c.some) / float64(max(1, c.filtered)) }

// Least is the smallest count of an operator and of a field type.
func (c *Coverage) Least() (operator string, operatorCount int, field string, fieldCount int) {
	operatorCount, fieldCount = 1<<30, 1<<30
	for _, o := range operators {
		if c.operators[o] < operatorCount {
			operator, operatorCount = o, c.operators[o]
		}
	}
	for _, k := range fieldKinds {
		if c.kinds[k] < fieldCount {
			field, fieldCount = string(k), c.kinds[k]
		}
	}
	return operator, operatorCount, field, fieldCount
}

func (c *Coverage) String() string {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%d lists; of %d counted filters %.0f %% match some, %d none, %d all; %d filters refused; %d of %d writes succeed; %d too slow to compare\n",
		c.lists, c.filtered, 100*c.Selective(), c.none, c.all, c.refused, c.written, c.writes, c.slow)
	counts := func(title string, m map[string]int) {
		fmt.Fprintf(out, "%s:", title)
		for _, name := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(out, " %s %d", name, m[name])
		}
		fmt.Fprintln(out)
	}
	byKind := map[string]int{}
	for k, n := range c.kinds {
		byKind[string(k)] = n
	}
	counts("operators", c.operators)
	counts("field types", byKind)
	counts("features", c.modifiers)
	return out.String()
}

func newRecord(c *core.Collection, values map[string]any) *core.Record {
	record := core.NewRecord(c)
	record.Load(values)
	return record
}
