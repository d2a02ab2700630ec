package accounts

import (
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Wrong passwords for one account from one address within the time. It comes on
// top of PocketBase's limit per address, which a patient guesser stays below.
const (
	maxTries    = 10
	triesWithin = 15 * time.Minute
	maxTryKeys  = 10_000 // bounds the memory; about 1 MB
)

// throttle counts tries by key. It is the process's own: several processes
// allow as many tries each.
type throttle struct {
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	count int
	until time.Time
}

// allow counts one more try and reports whether it may be made. A try counts
// before its outcome is known, so that many at once gain nothing.
func (t *throttle) allow(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tries == nil {
		t.tries = map[string]*tries{}
	}
	made := t.tries[key]
	if made == nil || !now.Before(made.until) {
		t.makeRoom(now)
		made = &tries{until: now.Add(triesWithin)}
		t.tries[key] = made
	}
	made.count++
	return made.count <= maxTries
}

// forget starts afresh after a success.
func (t *throttle) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, key)
}

// makeRoom drops what has run out, and any keys if a flood of them fills the map.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.tries) < maxTryKeys {
		return
	}
	for key, made := range t.tries {
		if !now.Before(made.until) {
			delete(t.tries, key)
		}
	}
	for key := range t.tries {
		if len(t.tries) < maxTryKeys*9/10 {
			return
		}
		delete(t.tries, key)
	}
}

// limitLogins holds on PocketBase's own login too, and on the dashboard's.
func (p *plugin) limitLogins(e *core.RecordAuthWithPasswordRequestEvent) error {
	key := e.Collection.Name + " " + collections.Network(e.RealIP()) + " " + strings.ToLower(e.Identity)
	if !p.tries.allow(key, collections.Now(e.App)) {
		return rest.Error(e.RequestEvent, tooManyTries)
	}
	err := e.Next()
	if err == nil {
		p.tries.forget(key)
	}
	return err
}
