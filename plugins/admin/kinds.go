package admin

import (
	"jasaweb/collections"
)

// Kinds are the collections of this plugin: what the agency says of itself, in
// one row that a migration made.
func Kinds() []collections.Kind {
	return []collections.Kind{{
		Name:  collections.Agency,
		API:   collections.API{List: collections.SignedIn, View: collections.SignedIn, Update: collections.Admins},
		Cache: []collections.CacheTag{collections.PublicPages},
	}}
}
