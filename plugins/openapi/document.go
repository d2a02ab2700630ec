package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/v2"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/plugins/internal/rest"
)

// served is what tells which of the routes that are described by hand exist.
type served = router.Router[*core.RequestEvent]

// document is the description of the API, built once per version of the
// collections.
type document struct {
	app    core.App
	router *served

	mu    sync.Mutex
	built *core.Collection // the first of the cached collections that text was built from
	text  []byte
	etag  string
}

// get returns the document as JSON and its entity tag.
//
// PocketBase replaces its list of cached collections whenever one changes, so
// the identity of that list is the version of all of them, whoever made the
// change.
func (d *document) get() ([]byte, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	collections, _ := d.app.Store().Get(core.StoreKeyCachedCollections).([]*core.Collection)
	if len(collections) == 0 {
		return nil, "", fmt.Errorf("openapi: no collections are loaded")
	}
	if d.built == collections[0] {
		return d.text, d.etag, nil
	}
	text, err := json.Marshal(build(d.app, d.router, collections))
	if err != nil {
		return nil, "", fmt.Errorf("openapi: encode: %w", err)
	}
	sum := sha256.Sum256(text)
	d.built, d.text, d.etag = collections[0], text, `"`+hex.EncodeToString(sum[:16])+`"`
	return d.text, d.etag, nil
}

const about = `The agency's API: what its own pages, the dashboard and programs of clients use.

**Sign in** with ` + "`POST /api/auth/login`" + `; send the token as ` + "`Authorization: Bearer …`" + `. Browsers may rely on the session cookie instead.

**Errors** have one shape: ` + "`{status, message, data}`" + `, where ` + "`data`" + ` says what is wrong by field. 401: not signed in. 403: not your role.
404: not there, or not yours. 409: the state of things forbids it. 429: too many requests. Messages are in Indonesian, or in English by ` + "`Accept-Language`" + `.

**Dates** in records are UTC in the form ` + "`2026-11-22 10:00:00.000Z`" + `, empty when unset. **Amounts** are whole rupiah.

Paths under ` + "`/api/collections`" + ` are PocketBase's record API, for its SDKs. Who may see or change which record is decided per record.
The parameter ` + "`fields`" + ` of that API, which leaves properties out of the answer, works and is not described here.`

// build describes the routes of our own, the collections that are open to
// others than superusers and the fixed routes of PocketBase.
func build(app core.App, routes *served, collections []*core.Collection) *huma.OpenAPI {
	doc := *rest.OpenAPI(app)
	info := *doc.Info
	info.Description = about
	doc.Info = &info
	components := *doc.Components
	schemas := &merged{Registry: components.Schemas, all: maps.Clone(components.Schemas.Map())}
	components.Schemas = schemas
	doc.Components = &components
	doc.Paths = maps.Clone(doc.Paths)
	maps.DeleteFunc(doc.Paths, func(path string, _ *huma.PathItem) bool { return !documented(path) })

	b := &builder{doc: &doc, schemas: schemas, router: routes, names: map[string]string{}}
	b.collections(collections)
	b.fixed(app)
	doc.Tags = tagsOf(doc.Paths)
	return &doc
}

// documented leaves out the pages: the document is about what programs call.
func documented(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/metrics"
}

// merged is the schemas of the routes with those of the collections, without
// touching the registry of the routes.
type merged struct {
	huma.Registry
	all map[string]*huma.Schema
}

func (m *merged) Map() map[string]*huma.Schema { return m.all }
func (m *merged) MarshalJSON() ([]byte, error) { return json.Marshal(m.all, json.Deterministic(true)) }

// ref names a schema that add has taken.
func ref(name string) *huma.Schema { return &huma.Schema{Ref: "#/components/schemas/" + name} }

func tagsOf(paths map[string]*huma.PathItem) []*huma.Tag {
	names := map[string]bool{}
	for _, item := range paths {
		for _, op := range operations(item) {
			for _, tag := range op.Tags {
				names[tag] = true
			}
		}
	}
	tags := []*huma.Tag{}
	for _, name := range slices.SortedFunc(maps.Keys(names), ownFirst) {
		description := "Routes under /api/" + name
		if collection, ok := strings.CutPrefix(name, recordsTag); ok {
			description = "Records of the collection " + collection
		}
		tags = append(tags, &huma.Tag{Name: name, Description: description})
	}
	return tags
}

// recordsTag starts the tags of collections.
const recordsTag = "records: "

// ownFirst sorts our own routes before PocketBase's.
func ownFirst(a, b string) int {
	if x, y := strings.HasPrefix(a, recordsTag), strings.HasPrefix(b, recordsTag); x != y {
		if x {
			return 1
		}
		return -1
	}
	return strings.Compare(a, b)
}

func operations(item *huma.PathItem) []*huma.Operation {
	return slices.DeleteFunc([]*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete},
		func(op *huma.Operation) bool { return op == nil })
}
