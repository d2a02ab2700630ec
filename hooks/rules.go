package hooks

import (
	"strings"

	"github.com/ganigeorgiev/fexpr"
	"github.com/pocketbase/pocketbase/core"
)

// mayHold reports whether a rule may be true for whoever asks (nil: a guest) and
// the row (nil: some row). It asks no database: what only that can tell may hold.
func mayHold(rule *string, auth, row *core.Record) bool {
	switch {
	case auth != nil && auth.IsSuperuser():
		return true
	case rule == nil:
		return false
	case *rule == "":
		return true
	}
	groups, err := fexpr.Parse(*rule)
	return err != nil || anyMayHold(groups, auth, row)
}

// anyMayHold reads a && b || c as SQL does: && binds closer.
func anyMayHold(groups []fexpr.ExprGroup, auth, row *core.Record) bool {
	all := true
	for i, group := range groups {
		if i > 0 && group.Join == fexpr.JoinOr {
			if all {
				return true
			}
			all = true
		}
		switch item := group.Item.(type) {
		case fexpr.Expr:
			all = all && equalityMayHold(item, auth, row)
		case []fexpr.ExprGroup:
			all = all && anyMayHold(item, auth, row)
		}
	}
	return all
}

func equalityMayHold(e fexpr.Expr, auth, row *core.Record) bool {
	if e.Op != fexpr.SignEq && e.Op != fexpr.SignNeq {
		return true
	}
	left, known := wordOf(e.Left, auth, row)
	right, alsoKnown := wordOf(e.Right, auth, row)
	if row == nil && (e.Left.Literal == "id" && alsoKnown && right == "" || e.Right.Literal == "id" && known && left == "") {
		return e.Op == fexpr.SignNeq // every row has an id
	}
	return !known || !alsoKnown || (left == right) == (e.Op == fexpr.SignEq)
}

// wordOf is the text that one side of a comparison stands for, if that is known.
func wordOf(token fexpr.Token, auth, row *core.Record) (word string, known bool) {
	switch token.Type {
	case fexpr.TokenText:
		return token.Literal, true
	case fexpr.TokenIdentifier:
		name, ofAuth := strings.CutPrefix(token.Literal, "@request.auth.")
		switch {
		case ofAuth && auth == nil:
			return "", true
		case ofAuth && name == "collectionId":
			return auth.Collection().Id, true
		case ofAuth && name == "collectionName":
			return auth.Collection().Name, true
		case ofAuth:
			row = auth
		}
		return column(row, name)
	}
	return "", false
}

// column is the value of a column that holds one text.
func column(row *core.Record, name string) (value string, known bool) {
	if row == nil {
		return "", false
	}
	switch field := row.Collection().Fields.GetByName(name).(type) {
	case *core.TextField:
		return row.GetString(name), true
	case *core.SelectField:
		return row.GetString(name), !field.IsMultiple()
	case *core.RelationField:
		return row.GetString(name), !field.IsMultiple()
	}
	return "", false
}
