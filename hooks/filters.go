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
// on PocketBase's: columns of the list's own, and of a row that they name. One
// that walks back (projects_via_tier) and forth joins every row with every other,
// and kept a processor busy for half a minute. Admins may.
func bindFilters(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.filters", Func: checkFilters})
		return e.Next()
	})
}

func checkFilters(e *core.RequestEvent) error {
	if e.Request.URL.RawQuery == "" || e.Auth != nil && (e.Auth.IsSuperuser() || e.Auth.GetString("role") == collections.RoleAdmin) {
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
	if wide != "" {
		text := collections.Text{
			ID: "Saringan dan urutan hanya boleh memakai kolom daftar ini dan satu relasi langsung.",
			EN: "Filters and orders may use columns of this list and of one direct relation.",
		}
		return e.BadRequestError(text.ID+" "+text.EN, validation.Errors{wide: validation.NewError("validation_invalid_value", text.ID)})
	}
	return e.Next()
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
