package collections

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections/throttle"
)

// How often a secret may be tried. Strangers cannot lock anybody out: what they do
// to an account slows other strangers only, and half a minute at most.
var (
	// triesHere is for one account from one address.
	triesHere = throttle.Rule{Free: 5, First: 5 * time.Second, Longest: 15 * time.Minute, Memory: 15 * time.Minute}
	// triesOfAddress is for one address, at whatever account; a whole school may share it.
	triesOfAddress = throttle.Rule{Free: 30, First: 2 * time.Second, Longest: time.Minute, Memory: 15 * time.Minute}
	// triesAtAccount is for one account, from everywhere it was not opened from before.
	triesAtAccount = throttle.Rule{Free: 20, First: time.Second, Longest: 30 * time.Second, Memory: time.Hour}
)

// Rows of the audit log about guests and about refused tries that one process
// writes within the time.
const (
	maxTryRows    = 200
	tryRowsWithin = time.Hour
)

// Outcome is what came of a try at a secret.
type Outcome int

// The outcomes. The zero value counts as a try and is not written down.
const (
	Untold  Outcome = iota // something else failed
	Guessed                // the secret was wrong
	Proven                 // it was right
)

// Secret is what may be guessed: the password of an account, a code, the key in a link.
type Secret struct {
	Account string     // id of the account, "" if nobody knows whose it is
	Typed   string     // what stands for the account then, such as an e-mail address; may be empty
	Field   string     // where it stood in the request, for the refusal; may be empty
	Wrong   AuditEntry // what is written down about a wrong try; without an action nothing
}

type guesses struct {
	throttle throttle.Throttle
	rows     throttle.Budget
}

func guessesOf(app core.App) *guesses {
	return app.Store().GetOrSet("jasaweb.guesses", func() any {
		return &guesses{rows: throttle.Budget{Most: maxTryRows, Within: tryRowsWithin}}
	}).(*guesses)
}

// GuardSecret is the one way to check a secret: it counts the try before check
// looks at the secret, so that many at once gain nothing, refuses it with the time
// to wait if there were too many, and writes wrong ones down. Check says what came
// of it; its error is returned. Do not call it inside a transaction that a wrong
// try rolls back.
func GuardSecret(app core.App, by Actor, s Secret, check func() (Outcome, error)) error {
	g, keys := guessesOf(app), s.keys(by)
	wait, blocked := g.throttle.Try(Now(app), keys.all()...)
	if wait > 0 && blocked == keys.account.Name && knowsPlace(app, s.Account, by.IP) {
		keys.account = throttle.Key{}
		wait, _ = g.throttle.Try(Now(app), keys.all()...)
	}
	if wait > 0 {
		g.write(app, by, AuditEntry{
			By: by, Action: AuditTryRefused, Collection: s.Wrong.Collection, Record: s.Wrong.Record, Demo: s.Wrong.Demo,
			After: map[string]any{"wait": wait.Round(time.Second).String()},
		})
		refused := TooManyTries(wait)
		refused.Field = s.Field
		return refused
	}
	outcome, err := check()
	switch outcome {
	case Proven:
		g.throttle.TakeBack(Now(app), keys.all()...)
		g.throttle.Forget(keys.here)
	case Guessed:
		if s.Wrong.Action != "" {
			g.write(app, by, s.Wrong)
		}
	}
	return err
}

// write bounds what people make the log write in vain. The answer to a wrong secret does
// not depend on the log.
func (g *guesses) write(app core.App, by Actor, entry AuditEntry) {
	if by.ID == "" || entry.Action == AuditTryRefused {
		skipped, ok := g.rows.Take(Now(app))
		if !ok {
			return
		}
		if skipped > 0 {
			if entry.After == nil {
				entry.After = map[string]any{}
			}
			entry.After["skipped"] = skipped
		}
	}
	if err := Audit(app, entry); err != nil {
		app.Logger().ErrorContext(context.Background(), "A wrong secret was not recorded", "error", err)
	}
}

type secretKeys struct{ here, address, account throttle.Key }

func (s Secret) keys(by Actor) secretKeys {
	from, whose := Network(by.IP), s.Account
	if whose == "" && s.Typed != "" {
		whose = "?" + strings.ToLower(strings.TrimSpace(s.Typed))
	}
	k := secretKeys{address: throttle.Key{Name: "from " + from, Rule: triesOfAddress}}
	if whose != "" {
		k.here = throttle.Key{Name: "from " + from + " at " + whose, Rule: triesHere}
		k.account = throttle.Key{Name: "at " + whose, Rule: triesAtAccount}
	}
	return k
}

func (k secretKeys) all() []throttle.Key {
	keys := []throttle.Key{}
	for _, key := range []throttle.Key{k.here, k.address, k.account} {
		if key.Name != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// knownPlaces is how many of the last sign-ins of an account make an address known.
const knownPlaces = 50

// knowsPlace reports whether the account was opened from the address before.
func knowsPlace(app core.App, account, ip string) bool {
	if account == "" || ip == "" {
		return false
	}
	rows := []*core.Record{}
	err := app.RecordQuery(AuditLogs).AndWhere(dbx.HashExp{"actor": account, "action": AuditLogin}).
		OrderBy("created DESC").Limit(knownPlaces).All(&rows)
	if err != nil {
		app.Logger().Error("The sign-ins of an account cannot be read", "error", err)
		return false
	}
	from := Network(ip)
	for _, row := range rows {
		if Network(row.GetString("ip")) == from {
			return true
		}
	}
	return false
}

// TooManyTries refuses a try before the wait is over.
func TooManyTries(wait time.Duration) *Error {
	seconds := int((wait + time.Second - 1) / time.Second)
	id, en := fmt.Sprintf("%d detik", seconds), fmt.Sprintf("%d seconds", seconds)
	if seconds > 90 {
		minutes := (seconds + 59) / 60
		id, en = fmt.Sprintf("%d menit", minutes), fmt.Sprintf("%d minutes", minutes)
	}
	return &Error{Code: "too_many_tries", Reason: ReasonTooMany, Wait: wait, Text: Text{
		ID: "Terlalu banyak percobaan. Coba lagi " + id + " lagi.", EN: "Too many attempts. Try again in " + en + ".",
	}}
}

// AccountOf is the id by which tries at the secrets of record count: a mirrored
// superuser is the account that it mirrors.
func AccountOf(record *core.Record) string {
	if record == nil {
		return ""
	}
	if account := record.GetString("account"); account != "" && record.IsSuperuser() {
		return account
	}
	return record.Id
}
