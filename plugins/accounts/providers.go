package accounts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/auth"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"
	"golang.org/x/oauth2"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Signing in with an account elsewhere (Google) needs no script: a link leads to
// the provider, which sends the browser back to callbackPath, and PocketBase's
// own OAuth2 login does the rest in process. Providers are configured in the
// dashboard, at the users collection.
const (
	startPath    = "/api/auth/oauth2/{provider}"
	callbackPath = "/api/auth/oauth2-callback"
)

// providerView is one button of the login page.
type providerView struct {
	Name        string `json:"name" example:"google"`
	DisplayName string `json:"display_name" example:"Google"`
	URL         string `json:"url" doc:"A link; ?next= may name the page to come back to"`
}

type providerList struct {
	Items []providerView `json:"items"`
}

func (p *plugin) listProviders(e *core.RequestEvent, _ *rest.None) (*providerList, error) {
	users, err := e.App.FindCachedCollectionByNameOrId(collections.Users)
	if err != nil {
		return nil, fmt.Errorf("accounts: providers: %w", err)
	}
	list := &providerList{}
	if !users.OAuth2.Enabled {
		return list, nil
	}
	for _, config := range users.OAuth2.Providers {
		provider, err := config.InitProvider()
		if err != nil {
			e.App.Logger().Warn("A sign-in provider is configured wrongly", "provider", config.Name, "error", err)
			continue
		}
		list.Items = append(list.Items, providerView{
			Name: config.Name, DisplayName: provider.DisplayName(), URL: strings.Replace(startPath, "{provider}", config.Name, 1),
		})
	}
	return list, nil
}

// journey is what the browser keeps while it is at the provider. It is its own
// proof: only the browser that left holds the state that comes back.
type journey struct {
	Provider string `json:"p"`
	State    string `json:"s"`
	Verifier string `json:"v"` // of PKCE
	Next     string `json:"n"`
}

// journeyLife is how long somebody may take at the provider, in seconds.
const journeyLife = 600

func (p *plugin) startOAuth2(e *core.RequestEvent) error {
	provider, err := p.provider(e, e.Request.PathValue("provider"))
	if err != nil {
		return err
	}
	j := journey{
		Provider: e.Request.PathValue("provider"), State: security.RandomString(32), Verifier: security.RandomString(64),
		Next: ownPage(e.Request.URL.Query().Get("next")),
	}
	options := []oauth2.AuthCodeOption{}
	if provider.PKCE() {
		options = append(options, oauth2.S256ChallengeOption(j.Verifier))
	}
	raw, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("accounts: start OAuth2: %w", err)
	}
	c := journeyCookie(e.Request)
	c.Value, c.MaxAge = url.QueryEscape(string(raw)), journeyLife
	http.SetCookie(e.Response, c)
	return e.Redirect(http.StatusSeeOther, provider.BuildAuthURL(j.State, options...))
}

// provider is the configured one, told where to send the browser back.
func (p *plugin) provider(e *core.RequestEvent, name string) (auth.Provider, error) {
	users, err := e.App.FindCachedCollectionByNameOrId(collections.Users)
	if err != nil {
		return nil, fmt.Errorf("accounts: provider: %w", err)
	}
	config, ok := users.OAuth2.GetProviderConfig(name)
	if !users.OAuth2.Enabled || !ok {
		return nil, collections.ErrNotFound
	}
	provider, err := config.InitProvider()
	if err != nil {
		return nil, fmt.Errorf("accounts: provider %s: %w", name, err)
	}
	provider.SetRedirectURL(p.callbackURL(e))
	return provider, nil
}

// callbackURL must be the address that is registered at the provider.
func (p *plugin) callbackURL(e *core.RequestEvent) string {
	return rest.SiteURL(e.App, p.config.AppURL) + callbackPath
}

// finishOAuth2 receives the browser back. Whatever fails ends on the login page,
// which says it in words; a person has no use for JSON.
func (p *plugin) finishOAuth2(e *core.RequestEvent) error {
	query := e.Request.URL.Query()
	j, ok := takeJourney(e, query.Get("state"))
	if !ok {
		return toLogin(e, "expired")
	}
	if query.Get("error") != "" || query.Get("code") == "" {
		return toLogin(e, "cancelled")
	}
	w, err := p.ask(e, "/auth-with-oauth2", map[string]string{
		"provider": j.Provider, "code": query.Get("code"), "codeVerifier": j.Verifier, "redirectURL": p.callbackURL(e),
	}, false)
	if err != nil {
		return err
	}
	if w.status != http.StatusOK {
		return toLogin(e, w.code())
	}
	answer := &authAnswer{}
	if err := json.Unmarshal(w.body.Bytes(), answer); err != nil {
		return fmt.Errorf("accounts: read OAuth2 answer: %w", err)
	}
	u, err := collections.FindUser(e.App, answer.Record.ID)
	if err != nil {
		return fmt.Errorf("accounts: OAuth2: %w", err)
	}
	p.setCookie(e, u.Record, answer.Token)
	return e.Redirect(http.StatusSeeOther, j.Next)
}

// code is why PocketBase refused, as far as the login page has words for it.
func (w *innerAnswer) code() string {
	var said struct {
		Data struct{ Account struct{ Code string } }
	}
	if json.Unmarshal(w.body.Bytes(), &said) == nil && said.Data.Account.Code != "" {
		return said.Data.Account.Code
	}
	return "failed"
}

func toLogin(e *core.RequestEvent, why string) error {
	return e.Redirect(http.StatusSeeOther, "/login?oauth="+url.QueryEscape(why))
}

// ownPage keeps the way back on this site.
func ownPage(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/portal"
	}
	return next
}

func journeyCookie(r *http.Request) *http.Cookie {
	// Lax: the way back is a navigation from another site.
	return &http.Cookie{Name: "jw_oauth", Path: callbackPath, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secureContext(r)}
}

// takeJourney reads the cookie and removes it: one way back for each way there.
// A way back that is not the cookie's leaves it, because it is another tab's.
func takeJourney(e *core.RequestEvent, state string) (*journey, bool) {
	c, err := e.Request.Cookie("jw_oauth")
	if err != nil {
		return nil, false
	}
	raw, err := url.QueryUnescape(c.Value)
	if err != nil {
		return nil, false
	}
	j := &journey{}
	if json.Unmarshal([]byte(raw), j) != nil || j.State == "" || j.Next != ownPage(j.Next) || !security.Equal(j.State, state) {
		return nil, false
	}
	gone := journeyCookie(e.Request)
	gone.MaxAge = -1
	http.SetCookie(e.Response, gone)
	return j, true
}

// bindOAuth2Rules decides who may sign in with an account elsewhere. It holds on
// PocketBase's own OAuth2 login too.
func bindOAuth2Rules(app core.App) {
	app.OnRecordAuthWithOAuth2Request(collections.Users).Bind(&hook.Handler[*core.RecordAuthWithOAuth2RequestEvent]{
		Id: "jasaweb.oauth2Rules", Func: func(e *core.RecordAuthWithOAuth2RequestEvent) error {
			if err := checkOAuth2(e); err != nil {
				return rest.Error(e.RequestEvent, err)
			}
			e.CreateData = nil // the provider says who it is, not the request
			if e.Record == nil && e.OAuth2User.Name == "" {
				e.OAuth2User.Name, _, _ = strings.Cut(e.OAuth2User.Email, "@")
			}
			return e.Next()
		},
	})
}

func checkOAuth2(e *core.RecordAuthWithOAuth2RequestEvent) error {
	refuse := func(code string, text collections.Text) error { return collections.Refuse(code, "account", text) }
	switch u := e.Record; {
	case u == nil && e.OAuth2User.Email == "":
		return refuse("no_email", collections.Text{
			ID: "Penyedia itu tidak memberikan alamat e-mail yang sudah diverifikasi.", EN: "The provider gave no verified e-mail address.",
		})
	case u == nil:
		return nil
	case u.GetString("role") == collections.RoleAdmin:
		// Whoever holds the account elsewhere would hold the agency.
		return refuse("admin_password_only", collections.Text{
			ID: "Admin hanya bisa masuk dengan kata sandi.", EN: "Admins sign in with their password only.",
		})
	case !u.Verified():
		// Whoever opened it first has not proved the address, and what is in it may
		// be a trap: neither of the two gets the other's account.
		return refuse("unverified_account", collections.Text{
			ID: "Alamat e-mail ini sudah terdaftar, tetapi belum diverifikasi. Masuk dengan kata sandi, atau atur ulang kata sandi lewat e-mail.",
			EN: "This address is registered but not verified. Sign in with the password, or reset it by e-mail.",
		})
	}
	return nil
}
