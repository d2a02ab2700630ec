package hooks

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/spf13/cast"

	"jasaweb/collections"
)

// bindGuessing puts collections.GuardSecret before every secret that PocketBase
// checks itself: passwords at its logins, the dashboard's too, the old password of
// a changed account, and what comes back from mails.
func bindGuessing(app core.App) {
	app.OnRecordAuthWithPasswordRequest().Bind(&hook.Handler[*core.RecordAuthWithPasswordRequestEvent]{Id: "jasaweb.guardLogin", Func: guardLogin})
	onRequest(app.OnRecordUpdateRequest(), "guardOldPassword", guardOldPassword)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.guardMailed", Func: guardMailed})
		return e.Next()
	})
}

// guardSecret is GuardSecret for PocketBase's own routes.
func guardSecret(e *core.RequestEvent, by collections.Actor, s collections.Secret, check func() (collections.Outcome, error)) error {
	err := collections.GuardSecret(e.App, by, s, check)
	tooMany, ok := errors.AsType[*collections.Error](err)
	if !ok || tooMany.Reason != collections.ReasonTooMany {
		return err
	}
	e.Response.Header().Set("Retry-After", strconv.Itoa(max(1, int(tooMany.Wait.Seconds()+0.999))))
	return router.NewApiError(http.StatusTooManyRequests, tooMany.Text.ID+" "+tooMany.Text.EN, err)
}

func guardLogin(e *core.RecordAuthWithPasswordRequestEvent) error {
	wrong := collections.AuditEntry{
		By: collections.ActorAs(e.RequestEvent, nil), Action: collections.AuditLoginFailed, Collection: e.Collection.Name,
		After: map[string]any{"email": maskEmail(e.Identity)},
	}
	if e.Record != nil {
		wrong.Record, wrong.Demo = e.Record.Id, e.Record.GetBool(collections.ColumnDemo)
	}
	secret := collections.Secret{Account: collections.AccountOf(e.Record), Typed: e.Identity, Wrong: wrong}
	return guardSecret(e.RequestEvent, wrong.By, secret, func() (collections.Outcome, error) {
		err := e.Next()
		return outcome(err), err
	})
}

// outcome reads PocketBase's answer: it refuses a wrong secret with 400.
func outcome(err error) collections.Outcome {
	if err == nil || errors.Is(err, apis.ErrMFA) {
		return collections.Proven
	}
	if refused, ok := errors.AsType[*router.ApiError](err); ok && refused.Status == http.StatusBadRequest {
		return collections.Guessed
	}
	return collections.Untold
}

// guardOldPassword counts whoever changes an account by PocketBase's record API
// and gives its old password.
func guardOldPassword(e *core.RecordRequestEvent) error {
	if !e.Record.Collection().IsAuth() {
		return e.Next()
	}
	info, err := e.RequestInfo()
	if err != nil {
		return err
	}
	if _, given := info.Body["oldPassword"]; !given {
		return e.Next()
	}
	secret := secretOf(e.RequestEvent, e.Record)
	return guardSecret(e.RequestEvent, secret.Wrong.By, secret, func() (collections.Outcome, error) {
		err := e.Next()
		refused, isRefused := errors.AsType[*router.ApiError](err)
		switch {
		case isRefused && refused.Data["oldPassword"] != nil:
			return collections.Guessed, err
		case err == nil && cast.ToString(info.Body["password"]) != "" && isPlainSelf(e):
			return collections.Proven, nil
		}
		return collections.Untold, err
	})
}

// isPlainSelf reports whether PocketBase looks at the old password at all: it does
// not where somebody may manage the account.
func isPlainSelf(e *core.RecordRequestEvent) bool {
	return e.Collection.Name == collections.Users && e.Auth != nil && e.Auth.Id == e.Record.Id && e.Auth.GetString("role") != collections.RoleAdmin
}

// secretOf is the password of a record that somebody signed in gives once more.
func secretOf(e *core.RequestEvent, record *core.Record) collections.Secret {
	return collections.Secret{Account: collections.AccountOf(record), Wrong: collections.AuditEntry{
		By: collections.RequestActor(e), Action: collections.AuditPasswordWrong, Collection: record.Collection().Name, Record: record.Id,
		Demo: record.GetBool(collections.ColumnDemo),
	}}
}

// mailed are PocketBase's routes that check a secret before any hook runs.
var mailed = []string{"auth-with-otp", "confirm-email-change", "confirm-password-reset", "confirm-verification"}

func guardMailed(e *core.RequestEvent) error {
	_, action, ok := strings.Cut(e.Request.Pattern, "/api/collections/{collection}/")
	if !ok || !slices.Contains(mailed, action) {
		return e.Next()
	}
	form := struct {
		Token string `json:"token" form:"token"`
		OTP   string `json:"otpId" form:"otpId"`
	}{}
	if err := e.BindBody(&form); err != nil {
		return e.Next() // PocketBase says what is wrong with it
	}
	by := collections.ActorAs(e, nil)
	secret := collections.Secret{} // a link that is nobody's is no news to anybody
	if record := owner(e.App, form.Token, form.OTP); record != nil {
		secret = secretOf(e, record)
		secret.Wrong.By, secret.Wrong.After = by, map[string]any{"method": action}
	}
	return guardSecret(e, by, secret, func() (collections.Outcome, error) {
		err := e.Next()
		return mailedOutcome(action, err), err
	})
}

// mailedOutcome tells a wrong key or password from what else may be wrong beside a
// right one, such as a new password that is too short.
func mailedOutcome(action string, err error) collections.Outcome {
	came := outcome(err)
	refused, ok := errors.AsType[*router.ApiError](err)
	if came != collections.Guessed || !ok || action == "auth-with-otp" || refused.Data["token"] != nil ||
		action == "confirm-email-change" && refused.Data["password"] != nil {
		return came
	}
	return collections.Proven
}

// owner is whose account a genuine link or a code that was asked for is about. A
// link that nobody signed names nobody: it must not slow whom it speaks of.
func owner(app core.App, token, otp string) *core.Record {
	if token != "" {
		record, _ := app.FindAuthRecordByToken(token, core.TokenTypeEmailChange, core.TokenTypePasswordReset, core.TokenTypeVerification)
		return record
	}
	if otp == "" {
		return nil
	}
	asked, err := app.FindOTPById(otp)
	if err != nil {
		return nil
	}
	record, _ := app.FindRecordById(asked.CollectionRef(), asked.RecordRef())
	return record
}
