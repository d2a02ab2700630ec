package content

import (
	"jasaweb/collections"
)

// Kinds are the collections of this plugin: what visitors read and choose from,
// the addresses that texts had, and what visitors wrote.
func Kinds() []collections.Kind {
	return []collections.Kind{
		onSite(collections.Posts, collections.Access("(status = 'published' && published_at != '' && published_at <= @now)")),
		onSite(collections.Pages, "(status = 'published')"),
		onSite(collections.FAQs, "(is_active = true)"),
		onSite(collections.Testimonials, "(is_active = true)"),
		onSite(collections.PricingTiers, "is_active = true"),
		onSite(collections.Templates, "(is_archived = false)"),
		{
			Name: collections.SlugRedirects,
			API: collections.API{
				List: collections.Admins, View: collections.Admins, Update: collections.Superusers, Delete: collections.Admins,
			},
			ReadOnly: []string{"collection", "slug", "record"},
			Demo:     collections.Demo{Removal: collections.RemoveEach, After: []string{collections.Posts, collections.Pages}},
			Cache:    []collections.CacheTag{collections.PublicPages},
		},
		{
			Name: collections.ContactMessages,
			API: collections.API{
				List: collections.Admins, View: collections.Admins, Update: collections.Admins, Delete: collections.Admins,
			},
			Writable: []string{"state", "note"},
			Visitors: collections.Columns("name", "email", "phone", "message"),
			Demo:     collections.Demo{Removal: collections.RemoveEach},
		},
	}
}

// onSite is a collection that admins edit and whose rows everybody sees of which
// the rule is true.
func onSite(name string, rule collections.Access) collections.Kind {
	everybody := rule + " || " + collections.Admins
	return collections.Kind{
		Name: name,
		API: collections.API{
			List: everybody, View: everybody,
			Create: collections.Admins, Update: collections.Admins, Delete: collections.Admins,
		},
		Demo:  collections.Demo{Removal: collections.RemoveEach},
		Cache: []collections.CacheTag{collections.PublicPages},
	}
}
