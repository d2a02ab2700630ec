package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindCredentials encrypts the login of a website before it is written. It
// runs outside every other hook, so no audit row and no log sees it in plain.
func (h *hooks) bindCredentials(app core.App) {
	seal := func(e *core.RecordEvent) error {
		// An envelope that nobody touched is not opened: a project must stay
		// editable when its key is lost.
		if !e.Record.IsNew() && e.Record.GetString("credentials") == e.Record.Original().GetString("credentials") {
			return e.Next()
		}
		if err := collections.AsProject(e.Record).SealCredentials(h.config.Credentials); err != nil {
			return err
		}
		return e.Next()
	}
	onRecord(app.OnRecordCreateExecute(collections.Projects), "sealCredentialsCreate", prioritySeal, seal)
	onRecord(app.OnRecordUpdateExecute(collections.Projects), "sealCredentialsUpdate", prioritySeal, seal)
}
