package hooks

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
	"jasaweb/collections/passwords"
)

// bindPasswords refuses the passwords that are guessed first, whoever sets them:
// dashboard, record API, our routes, the links of mails, the command line.
func bindPasswords(app core.App) {
	app.OnRecordValidate().Bind(&hook.Handler[*core.RecordEvent]{Id: "jasaweb.passwords", Func: func(e *core.RecordEvent) error {
		if !e.Record.Collection().IsAuth() {
			return e.Next()
		}
		if value, ok := e.Record.GetRaw(core.FieldNamePassword).(*core.PasswordFieldValue); ok && value.Plain != "" {
			if err := checkPassword(e.App, e.Record, value.Plain); err != nil {
				return err
			}
		}
		return e.Next()
	}})
}

func checkPassword(app core.App, record *core.Record, password string) error {
	own := []string{record.GetString("name"), record.Email(), app.Settings().Meta.AppName}
	if agency, err := collections.FindAgency(app); err == nil { // none before the first migration
		own = append(own, agency.Name())
	}
	return collections.WeakPassword(passwords.Check(password, own...))
}
