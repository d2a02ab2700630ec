package collections

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// registry holds the kinds of one app.
type registry struct {
	mu     sync.RWMutex
	kinds  map[string]*Kind  // by the name that the migrations gave
	frozen bool              // since the app has been started
	names  map[string]string // of collections by id: what the migrations called ours, "" for other people's
	tables map[string]*Table // what the migrations make, by the name that they gave; nil in an app without hooks
}

const (
	kindsKey = "jasaweb.kinds"
	// madeKey is the row of _params in which the migrations write down what they make.
	madeKey = "jasaweb_collections"
)

func registryOf(app core.App) *registry {
	return app.Store().GetOrSet(kindsKey, func() any {
		return &registry{kinds: map[string]*Kind{}, names: map[string]string{}}
	}).(*registry)
}

// Describe says what collections are. A plugin calls it in its Register for those
// that are its own; the second description of one, and any after the start, is an
// error.
func Describe(app core.App, kinds ...Kind) error {
	r := registryOf(app)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range kinds {
		switch {
		case k.Name == "":
			return errors.New("collections: a kind without a name")
		case r.frozen:
			return fmt.Errorf("collections: %s is described after the start", k.Name)
		case r.kinds[k.Name] != nil:
			return fmt.Errorf("collections: %s is described twice", k.Name)
		}
		k.described = true
		r.kinds[k.Name] = &k
	}
	return nil
}

// FreezeKinds ends the time for descriptions; hooks calls it at the start.
func FreezeKinds(app core.App) {
	r := registryOf(app)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frozen = true
}

// CheckKinds compares what is described with what the migrations made, once they
// have run. It returns the names that nobody described, which are closed, and an
// error about what is described and was not made.
func CheckKinds(app core.App) (undescribed []string, err error) {
	made, err := readMade(app)
	if err != nil {
		return nil, err
	}
	if err := registryOf(app).remember(app, made); err != nil {
		return nil, err
	}
	described := map[string]bool{}
	for _, k := range Kinds(app) {
		described[k.Name] = true
	}
	for _, name := range made {
		if !described[name] {
			undescribed = append(undescribed, name)
		}
		delete(described, name)
	}
	for name := range described {
		return nil, fmt.Errorf("collections: %s is described, but no migration makes it", name)
	}
	slices.Sort(undescribed)
	return undescribed, nil
}

// Kinds are all described collections, by name.
func Kinds(app core.App) []*Kind {
	r := registryOf(app)
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]*Kind, 0, len(r.kinds))
	for _, k := range r.kinds {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b *Kind) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// FindKind returns the kind that is described under the name, or nil.
func FindKind(app core.App, name string) *Kind {
	r := registryOf(app)
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.kinds[name]
}

// KindOf returns what c is: nil for a collection of PocketBase's own and for one
// that people made in the dashboard. One of ours that nobody described is a Kind
// with nothing but a name, so everything is refused. A collection is known by its
// id, whatever it is called by now.
func KindOf(app core.App, c *core.Collection) (*Kind, error) {
	if c.System {
		return nil, nil
	}
	r := registryOf(app)
	r.mu.RLock()
	name, known := r.names[c.Id]
	r.mu.RUnlock()
	if !known {
		var err error
		if name, err = r.look(app, c.Id); err != nil {
			return nil, err
		}
	}
	if name == "" {
		return nil, nil
	}
	if k := FindKind(app, name); k != nil {
		return k, nil
	}
	return &Kind{Name: name}, nil
}

// look reads who made the collection. What people made is remembered only
// outside of transactions: one may be a migration that is about to write down
// what it makes.
func (r *registry) look(app core.App, id string) (string, error) {
	made, err := readMade(app)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name, ours := made[id]
	if ours || !app.IsTransactional() {
		r.names[id] = name
	}
	return name, nil
}

// remember spares the transactions to come from looking who made a collection: on
// SQLite, one that reads before it writes fails when another process writes
// in between.
func (r *registry) remember(app core.App, made map[string]string) error {
	all, err := app.FindAllCollections()
	if err != nil {
		return fmt.Errorf("collections: list collections: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range all {
		r.names[c.Id] = made[c.Id]
	}
	return nil
}

// readMade returns what the migrations called the collections that they made, by id.
func readMade(app core.App) (map[string]string, error) {
	var raw string
	err := app.DB().Select("value").From("_params").Where(dbx.HashExp{"id": madeKey}).Row(&raw)
	if errors.Is(err, sql.ErrNoRows) { // the migrations have not run yet
		return nil, nil
	}
	made := map[string]string{}
	if err == nil {
		err = json.Unmarshal([]byte(raw), &made)
	}
	if err != nil {
		return nil, fmt.Errorf("collections: read which ones are ours: %w", err)
	}
	return made, nil
}

// Tagged are the names of the collections from which is made what has the tag.
func Tagged(app core.App, tag CacheTag) []string {
	names := []string{}
	for _, k := range Kinds(app) {
		if slices.Contains(k.Cache, tag) {
			names = append(names, k.Name)
		}
	}
	return names
}
