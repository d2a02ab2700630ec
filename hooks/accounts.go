package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindAccounts tells people what happens to their account, whichever way it
// happens: whoever changes a stolen account can not keep it secret.
func bindAccounts(app core.App) {
	onRecord(app.OnRecordCreateExecute(collections.Users), "welcome", 0, func(e *core.RecordEvent) error {
		by := collections.ActorOf(e.Record)
		if by.Kind == collections.BySystem { // example data, the first admin
			return e.Next()
		}
		return inTransaction(e, func() error {
			if err := e.Next(); err != nil {
				return err
			}
			n := collections.NewWelcomeNotice()
			if by.Kind == collections.ByAdmin {
				n = collections.NewInvitedNotice()
			}
			return collections.Notify(e.App, collections.AsUser(e.Record), n)
		})
	})
	onRecord(app.OnRecordUpdateExecute(collections.Users), "announceAccount", 0, func(e *core.RecordEvent) error {
		before, err := storedUser(e)
		if err != nil {
			return err
		}
		password := e.Record.GetString("password:hash") != before.GetString("password:hash")
		email := e.Record.Email() != before.Email()
		// A closed account's address is wiped; collections.Farewell said goodbye.
		if !password && !email || !collections.Reachable(e.Record.Email()) {
			return e.Next()
		}
		oldEmail := before.Email()
		return inTransaction(e, func() error {
			if err := e.Next(); err != nil {
				return err
			}
			return announceAccount(e.App, collections.AsUser(e.Record), password, email, oldEmail)
		})
	})
}

// storedUser is the account as it is before the update. PocketBase forgets the
// password's hash of a record object that was saved before.
func storedUser(e *core.RecordEvent) (*core.Record, error) {
	before := e.Record.Original()
	if before.GetString("password:hash") != "" {
		return before, nil
	}
	user, err := collections.FindUser(e.App, e.Record.Id)
	if err != nil {
		return nil, err
	}
	return user.Record, nil
}

func announceAccount(txApp core.App, user *collections.User, password, email bool, oldEmail string) error {
	if password {
		if err := collections.Notify(txApp, user, collections.NewPasswordNotice(collections.Now(txApp))); err != nil {
			return err
		}
	}
	if !email || oldEmail == "" {
		return nil
	}
	return collections.Notify(txApp, user, collections.NewEmailNotice(oldEmail, user.Email()))
}
