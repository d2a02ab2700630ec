package hooks

import (
	"regexp"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// bindLogs takes tokens out of every line of PocketBase's log before it is kept,
// whoever wrote it and wherever in it one stands: an address, the page that one came
// from, the words of an error. Whoever reads the log must not be able to use them.
func bindLogs(app core.App) {
	app.OnModelCreate(core.LogsTableName).Bind(&hook.Handler[*core.ModelEvent]{Id: "jasaweb.logs", Func: func(e *core.ModelEvent) error {
		if line, ok := e.Model.(*core.Log); ok {
			line.Message = withoutTokens(line.Message)
			for key, value := range line.Data {
				line.Data[key] = logged(value)
			}
		}
		return e.Next()
	}})
}

var (
	// signedToken is a JSON web token: of a session, a file, a link.
	signedToken = regexp.MustCompile(`eyJ[A-Za-z0-9_\-]{6,}(\.|%2[Ee])[A-Za-z0-9_\-]{6,}((\.|%2[Ee])[A-Za-z0-9_\-]*)?`)
	// payPage is the address of a pay link's page, whose key it is even if cut short.
	payPage = regexp.MustCompile(`/i/[^/?#\s"']+`)
	// tokenOf is a token in a query, whatever it looks like.
	tokenOf = regexp.MustCompile(`([?&]token=)[^&#\s"']+`)
)

func withoutTokens(s string) string {
	s = payPage.ReplaceAllString(s, "/i/token")
	s = tokenOf.ReplaceAllString(s, "${1}***")
	return signedToken.ReplaceAllString(s, "***")
}

// logged is a value of a line without tokens.
func logged(value any) any {
	switch v := value.(type) {
	case string:
		return withoutTokens(v)
	case error:
		return withoutTokens(v.Error())
	case map[string]any:
		for key, inner := range v {
			v[key] = logged(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = logged(inner)
		}
	}
	return value
}
