package differential

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes random requests. It knows what is in the database, because
// filters that match nothing or everything compare little.
type generator struct {
	r        *rand.Rand
	ids      map[string][]string             // by collection
	known    map[[2]string][]json.RawMessage // values, by collection and path
	operands map[string][]operand            // what can be filtered by, by collection
	writable map[string][]operand            // fields that a body can set
}

func newGenerator(seed uint64) *generator {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0)), ids: map[string][]string{}, known: map[[2]string][]json.RawMessage{}}
	for _, km := range []string{"0", "5", "5000", "10000", "15000"} {
		g.known[distances] = append(g.known[distances], json.RawMessage(km))
	}
	g.writable = map[string][]operand{
		people: fields(kindText, "name", kindNumber, "score", kindBool, "emailVisibility", kindBool, "verified"),
		targets: append(fields(kindText, "title", kindNumber, "n", kindBool, "flag", kindJSON, "info"),
			operand{name: "tags", kind: kindSelect, multiple: true}, operand{name: "owner", kind: kindRelation, to: people}, operand{name: "self", kind: kindRelation, to: targets}),
		kinds: append(fields(kindText, "text", kindText, "Unik", kindEditor, "editor", kindNumber, "num", kindNumber, "whole", kindBool, "bool", kindEmail, "email",
			kindURL, "url", kindDate, "date", kindJSON, "data", kindGeo, "geo", kindText, longName),
			operand{name: "select", kind: kindSelect}, operand{name: "selects", kind: kindSelect, multiple: true},
			operand{name: "rel", kind: kindRelation, to: targets}, operand{name: "rels", kind: kindRelation, to: targets, multiple: true}, operand{name: "self", kind: kindRelation, to: kinds}),
		notes: append(fields(kindText, "body", kindNumber, "rank"),
			operand{name: "kind", kind: kindRelation, to: kinds}, operand{name: "kinds", kind: kindRelation, to: kinds, multiple: true}),
	}
	g.operands = map[string][]operand{}
	for _, c := range []string{people, targets, kinds, notes} {
		own, back := g.paths(c, 0), g.reversed(c)
		// A collection's own fields as often as all relation paths, and the
		// paths from elsewhere a fifth of that.
		g.operands[c] = g.paths(c, 2)
		g.operands[c] = append(g.operands[c], slices.Repeat(own, len(g.operands[c])/len(own))...)
		if len(back) > 0 {
			g.operands[c] = append(g.operands[c], slices.Repeat(back, max(1, len(g.operands[c])/len(back)/5))...)
		}
	}
	for _, v := range views {
		for _, f := range v.fields {
			f.from = [2]string{v.name, f.name}
			g.operands[v.name] = append(g.operands[v.name], f)
		}
		g.operands[v.name] = append(g.operands[v.name], operand{name: "id", kind: kindText, from: [2]string{v.name, "id"}})
	}
	return g
}

const longName = "a_field_whose_name_is_longer_than_the_sixty_three_bytes_of_postgres"

// paths are the operands of a collection, following relations so many levels.
func (g *generator) paths(collection string, depth int) []operand {
	out := []operand{{name: "id", kind: kindText, from: [2]string{collection, "id"}}}
	own := slices.Clone(g.writable[collection])
	switch collection {
	case kinds:
		own = append(own, operand{name: "file", kind: kindFile}, operand{name: "files", kind: kindFile, multiple: true}, operand{name: "created", kind: kindAutodate}, operand{name: "updated", kind: kindAutodate})
	case people:
		own = append(own, operand{name: "email", kind: kindEmail}, operand{name: "created", kind: kindAutodate})
	}
	for _, f := range own {
		f.from = [2]string{collection, f.name}
		out = append(out, g.variants(f)...)
		if f.kind == kindRelation && depth > 0 {
			for _, o := range g.paths(f.to, depth-1) {
				o.name, o.several = f.name+"."+o.name, o.several || f.multiple
				out = append(out, o)
			}
		}
	}
	return out
}

// variants are a field's name with the modifiers and paths that its type has.
func (g *generator) variants(f operand) []operand {
	of := func(suffix string, k kind, path string) operand {
		return operand{name: f.name + suffix, kind: k, to: f.to, from: [2]string{f.from[0], path}}
	}
	switch {
	case f.kind == kindGeo:
		return []operand{of(".lon", kindGeo, f.name+".lon"), of(".lat", kindGeo, f.name+".lat"), f,
			of("", kindGeo, f.name), {name: "geoDistance(" + f.name + ".lon, " + f.name + ".lat, 106.8, -6.2)", kind: kindGeo, from: distances}}
	case f.kind == kindJSON:
		out := []operand{f, of(":length", kindJSON, f.name+":length")}
		for _, path := range slices.Compact(slices.Sorted(slices.Values(paths))) {
			out = append(out, of("."+path, kindJSON, f.name+"."+path))
		}
		return out
	case f.multiple:
		return []operand{f, of(":each", f.kind, f.name), of(":length", f.kind, f.name+":length"), of(":each", f.kind, f.name)}
	case f.kind == kindText || f.kind == kindEmail:
		return []operand{f, f, of(":lower", f.kind, f.name)}
	case f.kind == kindDate || f.kind == kindAutodate:
		return []operand{f, f, {name: `strftime("%Y-%m", ` + f.name + `)`, kind: f.kind, from: [2]string{f.from[0], f.name + ":month"}}}
	}
	return []operand{f, f}
}

// reversed are the operands that start at other collections.
func (g *generator) reversed(collection string) []operand {
	out := []operand{}
	back := func(prefix, from string, names ...string) {
		for _, o := range g.paths(from, 0) {
			if slices.Contains(names, o.name) {
				o.name, o.several = prefix+"."+o.name, true
				out = append(out, o)
			}
		}
	}
	switch collection {
	case kinds:
		back("Notes_via_kind", notes, "id", "body", "rank")
		back("Notes_via_kinds", notes, "body", "rank", "kinds:length")
		back("@collection.targets", targets, "n", "title")
		back("@collection.targets:x", targets, "flag", "n")
		back("kinds_via_self", kinds, "num", "text", "selects:each", "data.a")
	case targets:
		back("kinds_via_rel", kinds, "num", "text", "bool", "selects:each", "data.a", "date", "files:length")
		back("kinds_via_rels", kinds, "num", "editor", "select")
	case people:
		back("targets_via_owner", targets, "n", "title", "tags:each", "info.a")
	}
	return out
}

// distances in km are known without looking.
var distances = [2]string{"", "distance"}

// learn replaces what the generator knows of a collection by its records.
func (g *generator) learn(collection string, records []map[string]json.RawMessage) {
	for key := range g.known {
		if key[0] == collection {
			delete(g.known, key)
		}
	}
	g.ids[collection] = nil
	for _, record := range records {
		for name, raw := range record {
			g.note(collection, name, raw)
		}
		var id string
		if json.Unmarshal(record["id"], &id) == nil {
			g.ids[collection] = append(g.ids[collection], id)
		}
	}
	slices.Sort(g.ids[collection])
	for key, values := range g.known { // in a fixed order, so that a seed repeats its run
		if key[0] == collection {
			slices.SortFunc(values, func(a, b json.RawMessage) int { return strings.Compare(string(a), string(b)) })
		}
	}
}

// note adds one value, the elements and length of a list, what is at the known
// paths of a document, and the month of a date.
func (g *generator) note(collection, name string, raw json.RawMessage) {
	add := func(path string, value json.RawMessage) {
		key := [2]string{collection, path}
		g.known[key] = append(g.known[key], value)
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && list != nil {
		for _, element := range list {
			add(name, element)
		}
		add(name+":length", json.RawMessage(fmt.Sprint(len(list))))
	}
	var object map[string]json.RawMessage
	if list == nil {
		add(name, raw)
		_ = json.Unmarshal(raw, &object)
	}
	for _, path := range []string{"lon", "lat"} {
		if value, ok := object[path]; ok {
			add(name+"."+path, value)
		}
	}
	for _, path := range paths {
		if value := at(raw, path); value != nil {
			add(name+"."+path, value)
		}
	}
	if len(raw) == len(`"2024-01-02 03:04:05.123Z"`) && strings.HasSuffix(string(raw), `Z"`) {
		add(name+":month", append(slices.Clone(raw[:8]), '"'))
	}
}

// at is what a path leads to in a document, nil if nothing.
func at(raw json.RawMessage, path string) json.RawMessage {
	for step := range strings.SplitSeq(path, ".") {
		var object map[string]json.RawMessage
		var list []json.RawMessage
		switch {
		case json.Unmarshal(raw, &object) == nil && object[step] != nil:
			raw = object[step]
		case json.Unmarshal(raw, &list) == nil && len(step) == 1 && step[0] >= '0' && int(step[0]-'0') < len(list):
			raw = list[step[0]-'0']
		default:
			return nil
		}
	}
	return raw
}
