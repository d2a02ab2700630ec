package hooks

import (
	"strings"

	"github.com/ganigeorgiev/fexpr"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/search"

	"jasaweb/collections"
)

// bindFilters keeps what guests and clients ask of a list cheap, on our routes and
// on PocketBase's: columns of the list's own, and of a row that they name. A filter
// that walks back (projects_via_tier) and forth joins every row with every other,
// and kept a processor busy for half a minute; an expand that does fetches them.
// Admins may.
func bindFilters(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.filters", Func: checkFilters})
		return e.Next()
	})
}

func checkFilters(e *core.RequestEvent) error {
	if e.Request.URL.RawQuery == "" || isAdmin(e.Auth) {
		return e.Next()
	}
	query := e.Request.URL.Query()
	wide := ""
	for _, field := range search.ParseSortFromString(query.Get("sort")) {
		if !near(field.Name) {
			wide = "sort"
		}
	}
	// What cannot be parsed is refused by the list itself, in its own words.
	if groups, err := fexpr.Parse(query.Get("filter")); err == nil && !nearAll(groups) {
		wide = "filter"
	}
	if !nearExpand(query.Get("expand")) {
		wide = "expand"
	}
	if wide != "" {
		return e.BadRequestError(wideText.ID+" "+wideText.EN, validation.Errors{wide: validation.NewError("validation_invalid_value", wideText.ID)})
	}
	return e.Next()
}

// wideText refuses what is not near.
var wideText = collections.Text{
	ID: "Saringan, urutan, dan isi relasi hanya boleh memakai kolom daftar ini dan satu relasi langsung.",
	EN: "Filters, orders and expands may use columns of this list and of one direct relation.",
}

// isAdmin reports whether somebody who is signed in, or nil, is an admin.
func isAdmin(auth *core.Record) bool {
	return auth != nil && (auth.IsSuperuser() || auth.GetString("role") == collections.RoleAdmin)
}

// nearExpand reports whether only rows that a row names itself are asked for.
func nearExpand(expand string) bool {
	return !strings.ContainsAny(expand, ".(") && !strings.Contains(expand, "_via_")
}

// near reports whether a field is a column, or a column of a row that one names.
func near(field string) bool {
	return strings.Count(field, ".") <= 1 && !strings.Contains(field, "_via_")
}

func nearAll(groups []fexpr.ExprGroup) bool {
	for _, group := range groups {
		switch item := group.Item.(type) {
		case fexpr.Expr:
			if !nearToken(item.Left) || !nearToken(item.Right) {
				return false
			}
		case []fexpr.ExprGroup:
			if !nearAll(item) {
				return false
			}
		}
	}
	return true
}

func nearToken(token fexpr.Token) bool {
	if arguments, ok := token.Meta.([]fexpr.Token); ok {
		for _, argument := range arguments {
			if !nearToken(argument) {
				return false
			}
		}
	}
	return token.Type != fexpr.TokenIdentifier || near(token.Literal)
}
