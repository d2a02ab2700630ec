package demo

import (
	"fmt"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// inOrder sorts the kinds that have rows of the demo so that each comes before
// those that its rows name, and after those whose removal writes rows in it.
func inOrder(app core.App) ([]*collections.Kind, error) {
	waits := map[string][]string{} // on which others each waits
	waiting := []*collections.Kind{}
	for _, k := range collections.Kinds(app) {
		if k.Demo.Removal == collections.NoDemo {
			continue
		}
		waiting = append(waiting, k)
		waits[k.Name] = append(waits[k.Name], k.Demo.After...)
		named, err := relations(app, k.Name)
		if err != nil {
			return nil, err
		}
		for _, other := range named {
			waits[other] = append(waits[other], k.Name)
		}
	}
	ordered := []*collections.Kind{}
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(k *collections.Kind) bool {
			return !slices.ContainsFunc(waits[k.Name], func(other string) bool {
				return slices.ContainsFunc(waiting, func(w *collections.Kind) bool { return w.Name == other })
			})
		})
		if i < 0 {
			return nil, fmt.Errorf("demo: %s and others wait for each other to be removed", waiting[0].Name)
		}
		ordered = append(ordered, waiting[i])
		waiting = slices.Delete(waiting, i, i+1)
	}
	return ordered, nil
}

// relations are the collections that rows of the named one refer to.
func relations(app core.App, name string) ([]string, error) {
	c, err := app.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return nil, fmt.Errorf("demo: find %s: %w", name, err)
	}
	others := []string{}
	for _, field := range c.Fields {
		if _, ok := field.(*core.RelationField); !ok {
			continue
		}
		other, err := target(app, name, field.GetName())
		if err != nil {
			return nil, err
		}
		if other.Name != name { // rows of one collection go together
			others = append(others, other.Name)
		}
	}
	return others, nil
}

// target is the collection that a relation names rows of.
func target(app core.App, name, column string) (*core.Collection, error) {
	c, err := app.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return nil, fmt.Errorf("demo: find %s: %w", name, err)
	}
	relation, ok := c.Fields.GetByName(column).(*core.RelationField)
	if !ok {
		return nil, fmt.Errorf("demo: %s has no relation %s", name, column)
	}
	other, err := app.FindCachedCollectionByNameOrId(relation.CollectionId)
	if err != nil {
		return nil, fmt.Errorf("demo: find what %s of %s names: %w", column, name, err)
	}
	return other, nil
}
