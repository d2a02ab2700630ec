package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindCredentials encrypts the login of a website before it is written. It
// runs outside every other hook, so no audit row and no log sees it in plain.
func (h *hooks) bindCredentials(app core.App) {
	seal := func(e *core.RecordEvent) error {
		if err := collections.AsProject(e.Record).SealCredentials(h.config.Credentials); err != nil {
			return err
		}
		return e.Next()
	}
	onRecord(app.OnRecordCreateExecute(collections.Projects), "sealCredentialsCreate", prioritySeal, seal)
	onRecord(app.OnRecordUpdateExecute(collections.Projects), "sealCredentialsUpdate", prioritySeal, seal)
}
