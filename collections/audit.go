package collections

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Actions of the audit log that are no write of the record.
const (
	AuditLogin         = "login"        // somebody signed in; after holds the method
	AuditLoginFailed   = "login_failed" // … gave a wrong password or an unknown e-mail
	AuditLogout        = "logout"
	AuditSessionEnded  = "end_session"  // a session was ended from elsewhere, by its owner or an admin
	AuditImpersonate   = "impersonate"  // a superuser took a token of somebody else
	AuditSignInDenied  = "deny_sign_in" // the owner of an account says that a sign-in was somebody else's
	AuditExport        = "export"       // data left the system in one piece
	AuditPayment       = "payment"      // the creation of a payment in the ledger
	AuditRoleChange    = "role_change"  // the update of a user that changed the role
	AuditClosed        = "close_account"
	AuditPasswordWrong = "wrong_password" // a signed-in user's own password, asked once more, was wrong
	AuditTryRefused    = "refuse_try"     // a secret was tried too often; after holds how long to wait

	AuditCredentialsViewed = "view_credentials"   // the login of a website was shown against the password
	AuditCredentialsRead   = "read_credentials"   // … was part of an answer about the project
	AuditCredentialsDenied = "refuse_credentials" // … was asked for with a wrong password
)

// AuditEntry is one row of the audit log about a record. Before and After are
// its changed columns, or all of them when it was made or deleted.
type AuditEntry struct {
	By                 Actor
	Action             string
	Collection, Record string
	Before, After      map[string]any
	Demo               bool
}

// Audit appends a row to the audit log; call it in the transaction of what it
// is about.
func Audit(txApp core.App, entry AuditEntry) error {
	row, err := newRecord(txApp, AuditLogs)
	if err != nil {
		return err
	}
	row.Load(map[string]any{
		"actor": entry.By.ID, "actor_kind": string(entry.By.Kind), "action": entry.Action, "collection": entry.Collection,
		"record": entry.Record, "ip": entry.By.IP, "user_agent": entry.By.UserAgent, ColumnDemo: entry.Demo,
	})
	for column, values := range map[string]map[string]any{"before": entry.Before, "after": entry.After} {
		if values != nil {
			row.Set(column, values)
		}
	}
	if err := txApp.Save(row); err != nil {
		return fmt.Errorf("collections: write audit log: %w", err)
	}
	return nil
}

// LastAudit returns when the action last happened to the record (UTC); zero if never.
func LastAudit(app core.App, action, collection, record string) (types.DateTime, error) {
	rows := []*core.Record{}
	err := app.RecordQuery(AuditLogs).AndWhere(dbx.HashExp{"collection": collection, "record": record, "action": action}).
		OrderBy("created DESC").Limit(1).All(&rows)
	if err != nil || len(rows) == 0 {
		return types.DateTime{}, wrapFind(err, AuditLogs)
	}
	return rows[0].GetDateTime("created"), nil
}

// CountAudit returns how often the action on the record was written down within
// the time before now; where is more that its rows must have, or nil. Rows are
// stamped by the system's clock, so that one is asked, not the business clock.
func CountAudit(app core.App, action, collection, record string, within time.Duration, where dbx.Expression) (int64, error) {
	n, err := app.CountRecords(AuditLogs, dbx.HashExp{"collection": collection, "record": record, "action": action},
		dbx.NewExp("[[created]] > {:since}", dbx.Params{"since": DateTime(time.Now().Add(-within)).String()}), where)
	if err != nil {
		return 0, fmt.Errorf("collections: count %s of %s %s: %w", action, collection, record, err)
	}
	return n, nil
}

func wrapFind(err error, collection string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("collections: find in %s: %w", collection, err)
}
