// Package cache keeps, in memory, what is costly to make and the same for
// everybody. It never holds anything that belongs to one user.
//
//	c := cache.For(app)
//	page, err := cache.Get(ctx, c, "page /pricing", []string{"pricing_tiers"}, func(ctx context.Context) (*Page, int, error) {
//		p, err := render(ctx)
//		return p, len(p.HTML), err
//	})
//
// Every entry names the collections that it was made from. Each collection has a
// generation, which is a part of the entry's key and counts up whenever a record
// of it is written: what was made from older data is never found again and falls
// out in time. The generation is read before the data, so an entry that was made
// while somebody saved ends up under the old one.
package cache

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// The limits of the cache. An entry lives a minute at most, so that what only
// the clock changes (a scheduled article) and what another node wrote shows.
const (
	maxBytes = 32 << 20
	lifetime = time.Minute
)

// Cache keeps values by key. Make it with For.
type Cache struct {
	values *otter.Cache[string, entry]

	mu          sync.RWMutex
	generations map[string]*atomic.Uint64

	requests, loads atomic.Uint64
}

type entry struct {
	value any
	bytes int
}

const storeKey = "jasaweb.cache"

// For returns the one cache of app. The first call binds the hooks that count
// the generations up.
func For(app core.App) *Cache {
	return app.Store().GetOrSet(storeKey, func() any {
		c := newCache()
		c.bind(app)
		return c
	}).(*Cache)
}

func newCache() *Cache {
	return &Cache{
		generations: map[string]*atomic.Uint64{},
		values: otter.Must(&otter.Options[string, entry]{
			MaximumWeight:    maxBytes,
			Weigher:          func(key string, e entry) uint32 { return uint32(len(key) + e.bytes + 128) },
			ExpiryCalculator: otter.ExpiryWriting[string, entry](lifetime),
		}),
	}
}

func (c *Cache) bind(app core.App) {
	changed := func(e *core.RecordEvent) error {
		c.Bump(e.Record.Collection().Name)
		return e.Next()
	}
	after := &hook.Handler[*core.RecordEvent]{Id: storeKey, Func: changed}
	app.OnRecordAfterCreateSuccess().Bind(after)
	app.OnRecordAfterUpdateSuccess().Bind(after)
	app.OnRecordAfterDeleteSuccess().Bind(after)
	// A changed rule or column changes what may be shown.
	app.OnCollectionAfterUpdateSuccess().Bind(&hook.Handler[*core.CollectionEvent]{Id: storeKey, Func: func(e *core.CollectionEvent) error {
		c.Clear()
		return e.Next()
	}})
	app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Id: storeKey, Func: func(e *core.TerminateEvent) error {
		c.values.StopAllGoroutines()
		return e.Next()
	}})
}

// Get returns the value of key, loading it unless it is kept already. Requests
// that come while it is loaded wait for it. load also says how many bytes the
// value takes; an error is returned to all who waited and nothing is kept.
func Get[T any](ctx context.Context, c *Cache, key string, collections []string, load func(context.Context) (T, int, error)) (T, error) {
	c.requests.Add(1)
	stamped := key + "\x00" + c.Stamp(collections...)
	e, err := c.values.Get(context.WithoutCancel(ctx), stamped, otter.LoaderFunc[string, entry](func(ctx context.Context, _ string) (entry, error) {
		c.loads.Add(1)
		value, bytes, err := load(ctx)
		return entry{value, bytes}, err
	}))
	value, _ := e.value.(T)
	return value, err
}

// Stamp returns the generations of the collections, for keys and ETags.
func (c *Cache) Stamp(collections ...string) string {
	var b strings.Builder
	for _, name := range collections {
		b.WriteString(strconv.FormatUint(c.generation(name).Load(), 36))
		b.WriteByte('.')
	}
	return b.String()
}

// Bump makes everything unreachable that was made from the collection.
func (c *Cache) Bump(collection string) { c.generation(collection).Add(1) }

func (c *Cache) generation(collection string) *atomic.Uint64 {
	c.mu.RLock()
	g, ok := c.generations[collection]
	c.mu.RUnlock()
	if ok {
		return g
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if g, ok := c.generations[collection]; ok {
		return g
	}
	g = &atomic.Uint64{}
	c.generations[collection] = g
	return g
}

// Clear forgets everything.
func (c *Cache) Clear() {
	c.mu.RLock()
	for _, g := range c.generations {
		g.Add(1) // what is being loaded right now is old as well
	}
	c.mu.RUnlock()
	c.values.InvalidateAll()
}

// Stats says how useful the cache is.
type Stats struct {
	Requests uint64 // how often something was asked for
	Loads    uint64 // how often it had to be made
	Bytes    uint64 // what the values take
}

// Served returns the share of requests, 0 to 1, that needed no work. Waiting for
// somebody else's load counts as served.
func (s Stats) Served() float64 {
	if s.Requests == 0 {
		return 0
	}
	return 1 - float64(s.Loads)/float64(s.Requests)
}

// Stats returns the counts since the start.
func (c *Cache) Stats() Stats {
	c.values.CleanUp() // what is evicted or expired is counted out first
	return Stats{Requests: c.requests.Load(), Loads: c.loads.Load(), Bytes: c.values.WeightedSize()}
}
