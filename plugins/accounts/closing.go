package accounts

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

type closeInput struct {
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"255" doc:"The account's password, once more"`
	}
}

// closeAccount wipes who the person is and ends every session. Projects,
// invoices and the ledger stay, as the law wants, and name nobody any more.
func (p *plugin) closeAccount(e *core.RequestEvent, in *closeInput) (*rest.None, error) {
	if _, err := p.sameUser(e, in.Body.Password, "password"); err != nil {
		return nil, err
	}
	err := e.App.RunInTransaction(func(txApp core.App) error {
		u, err := collections.FindUser(txApp, e.Auth.Id)
		if err != nil {
			return err
		}
		if err := checkClosable(txApp, u.Id); err != nil {
			return err
		}
		if err := collections.Farewell(txApp, u); err != nil {
			return err
		}
		by := collections.RequestActor(e)
		if err := anonymise(txApp, u, by); err != nil {
			return err
		}
		return collections.Audit(txApp, collections.AuditEntry{
			By: by, Action: collections.AuditClosed, Collection: collections.Users, Record: u.Id, Demo: u.GetBool(collections.ColumnDemo),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: close: %w", err)
	}
	clearCookie(e)
	return nil, nil
}

// anonymise frees the e-mail address, which can open an account again.
func anonymise(txApp core.App, u *collections.User, by collections.Actor) error {
	if err := txApp.DeleteAllExternalAuthsByRecord(u.Record); err != nil {
		return fmt.Errorf("unlink providers: %w", err)
	}
	for _, kind := range collections.Kinds(txApp) {
		if err := forget(txApp, kind, u, by); err != nil {
			return err
		}
	}
	u.Load(map[string]any{
		"name": "Akun ditutup", "email": u.Id + "@closed.invalid", "mail_off": nil, "verified": false,
		"role": collections.RoleClient, // the superuser of an admin goes with it
	})
	u.SetRandomPassword() // renews the key of every token
	collections.SetActor(u.Record, by)
	return txApp.Save(u)
}

// forget deletes or empties what a collection holds of who the person is. The
// account itself is saved by the caller, once it has a name and an address again.
func forget(txApp core.App, kind *collections.Kind, u *collections.User, by collections.Actor) error {
	personal := kind.Personal
	switch {
	case personal == nil || !personal.Forget && len(personal.Columns) == 0:
		return nil
	case personal.Forget: // around the audit log on purpose
		if _, err := txApp.NonconcurrentDB().Delete(kind.Name, personal.Rows(u.Id)).Execute(); err != nil {
			return fmt.Errorf("forget %s: %w", kind.Name, err)
		}
		return nil
	case kind.Name == u.Collection().Name:
		empty(u.Record, personal.Columns)
		return nil
	}
	rows, err := personalRows(txApp, kind, u.Id)
	if err != nil {
		return err
	}
	for _, row := range rows {
		empty(row, personal.Columns)
		collections.SetActor(row, by)
		if err := txApp.Save(row); err != nil {
			return fmt.Errorf("empty %s %s: %w", kind.Name, row.Id, err)
		}
	}
	return nil
}

func empty(r *core.Record, columns []string) {
	for _, column := range columns {
		r.Set(column, nil)
	}
}

// checkClosable says what must happen first.
func checkClosable(txApp core.App, user string) error {
	for _, obstacle := range []struct {
		collection string
		where      dbx.Expression
		refusal    *collections.Error
	}{
		{collections.Projects, dbx.HashExp{"user": user, collections.ColumnStatus: []any{string(collections.InProgress), string(collections.Review)}},
			collections.Refuse("project_under_way", "projects", collections.Text{
				ID: "Masih ada website yang sedang dikerjakan. Setujui hasilnya, atau hubungi kami untuk membatalkannya, lalu tutup akun.",
				EN: "A website is still being made. Accept it, or ask us to cancel it, then close the account.",
			})},
		{collections.Projects, dbx.HashExp{"user": user, collections.ColumnStatus: string(collections.PendingPayment)},
			collections.Refuse("order_open", "projects", collections.Text{
				ID: "Masih ada pesanan yang belum dibayar. Bayar atau batalkan pesanan itu, lalu tutup akun.",
				EN: "An order is not paid yet. Pay or cancel it, then close the account.",
			})},
		{collections.Invoices, dbx.HashExp{"user": user, collections.ColumnStatus: collections.Unpaid},
			collections.Refuse("invoice_unpaid", "invoices", collections.Text{
				ID: "Masih ada tagihan yang belum lunas. Lunasi tagihan itu, lalu tutup akun.",
				EN: "An invoice is not paid yet. Pay it, then close the account.",
			})},
	} {
		if err := refuseAny(txApp, obstacle.collection, obstacle.where, obstacle.refusal); err != nil {
			return err
		}
	}
	return checkMoney(txApp, user)
}

// checkMoney refuses while money of this person is on its way or undecided.
func checkMoney(txApp core.App, user string) error {
	invoices := []*core.Record{}
	if err := txApp.RecordQuery(collections.Invoices).AndWhere(dbx.HashExp{"user": user}).All(&invoices); err != nil {
		return fmt.Errorf("find invoices: %w", err)
	}
	ids := make([]any, len(invoices))
	for n, i := range invoices {
		ids[n] = i.Id
	}
	moving := collections.Refuse("payment_open", "invoices", collections.Text{
		ID: "Masih ada pembayaran yang berjalan. Tunggu sampai selesai atau kedaluwarsa, lalu tutup akun.",
		EN: "A payment is still under way. Wait until it is done or has expired, then close the account.",
	})
	undecided := collections.Refuse("money_undecided", "invoices", collections.Text{
		ID: "Masih ada uang yang sedang kami periksa. Hubungi kami, lalu tutup akun setelah selesai.",
		EN: "We are still looking into money of yours. Contact us, and close the account once it is settled.",
	})
	for _, obstacle := range []struct {
		collection string
		where      dbx.Expression
		refusal    *collections.Error
	}{
		{collections.PaymentAttempts, dbx.And(dbx.In("invoice", ids...), dbx.In(collections.ColumnStatus, collections.OpenAttempt...)), moving},
		{collections.MoneyExceptions, dbx.And(dbx.In("invoice", ids...), dbx.In(collections.ColumnState, collections.ExceptionOpen, collections.ExceptionRefunding)), undecided},
		{collections.TransferProofs, dbx.HashExp{"user": user, collections.ColumnState: collections.ProofOpen}, undecided},
	} {
		if err := refuseAny(txApp, obstacle.collection, obstacle.where, obstacle.refusal); err != nil {
			return err
		}
	}
	return nil
}

func refuseAny(txApp core.App, collection string, where dbx.Expression, refusal *collections.Error) error {
	n, err := txApp.CountRecords(collection, where)
	if err != nil {
		return fmt.Errorf("count %s: %w", collection, err)
	}
	if n > 0 {
		return refusal
	}
	return nil
}
