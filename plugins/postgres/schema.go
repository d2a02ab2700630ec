package postgres

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

// schema is what all connections to one database share.
type schema struct {
	store   *Store
	name    string
	writers *writers

	// version goes up whenever the schema may have changed: what a connection has
	// the server keep is of one version.
	version atomic.Uint64

	mu      sync.Mutex
	catalog *reading // nil: to be read again
	cache   *cache   // translations against catalog
}

// reading is a catalog with what it was made of.
type reading struct {
	*translate.Catalog
	objects []translate.Object
}

// current is the catalog and its translations, read with the connection if needed.
func (s *schema) current(ctx context.Context, pg *pgconn.PgConn) (*reading, *cache, error) {
	s.mu.Lock()
	catalog, kept := s.catalog, s.cache
	s.mu.Unlock()
	if catalog != nil {
		return catalog, kept, nil
	}
	catalog, err := s.read(ctx, pg)
	if err != nil {
		return nil, nil, err
	}
	s.keep(catalog, kept)
	return catalog, kept, nil
}

// keep lets all connections use a catalog that was read while kept were the
// translations, unless somebody changed the schema meanwhile.
func (s *schema) keep(catalog *reading, kept *cache) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.catalog == nil && s.cache == kept {
		s.catalog = catalog
	}
}

// stale forgets the catalog, and with it what connections have the server keep:
// the schema has changed.
func (s *schema) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catalog, s.cache = nil, newCache(maxTranslations)
	s.version.Add(1)
}

func (s *schema) unread() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.catalog == nil
}

// moved tells whether the schema is another than when used was read. A failed
// statement alone does not say so: most of them are just wrong, and forgetting
// all translations for each would make everybody slow.
func (s *schema) moved(ctx context.Context, pg *pgconn.PgConn, used *reading) bool {
	s.mu.Lock()
	now := s.catalog
	s.mu.Unlock()
	if used == nil || now != nil && now != used {
		return true
	}
	objects, err := s.objects(ctx, pg)
	if err != nil || slices.Equal(objects, used.objects) {
		return false // without a connection the statement's own error says more
	}
	s.stale()
	if s.store.changing.Load() == 0 { // else it may be this node's own change
		s.store.moved.Store(time.Now().UnixNano())
		s.store.catchUp()
	}
	return true
}

func (s *schema) read(ctx context.Context, pg *pgconn.PgConn) (*reading, error) {
	objects, err := s.objects(ctx, pg)
	if err != nil {
		return nil, err
	}
	catalog, err := translate.NewCatalog(s.name, objects)
	if err != nil {
		return nil, err
	}
	return &reading{catalog, objects}, nil
}

// objects reads sqlite_master.
func (s *schema) objects(ctx context.Context, pg *pgconn.PgConn) ([]translate.Object, error) {
	r := pg.ExecParams(ctx, `SELECT "type", "name", "tbl_name", coalesce("sql", '') FROM `+translate.Quote(s.name)+`.sqlite_master ORDER BY "rootpage"`, nil, nil, nil, nil).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	objects := make([]translate.Object, 0, len(r.Rows))
	for _, row := range r.Rows {
		objects = append(objects, translate.Object{Type: string(row[0]), Name: string(row[1]), Table: string(row[2]), SQL: string(row[3])})
	}
	return objects, nil
}
