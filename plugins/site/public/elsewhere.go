package public

import (
	"net/url"
	"slices"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// providers are the accounts elsewhere that one can sign in with.
type providers struct {
	Items []struct {
		DisplayName string `json:"display_name"`
		URL         string `json:"url"`
	} `json:"items"`
}

// elsewhere is one button for each provider, which leads to the page "to" in the
// end. Without any it is empty, and the page shows nothing.
func (p *plugin) elsewhere(r *view.Request, to string) ([]view.Component, error) {
	found, err := call.Get[providers](p.api.As(r.RequestEvent, r.Lang), "/api/auth/providers")
	if err != nil {
		return nil, err
	}
	buttons := []view.Component{}
	for _, provider := range found.Items {
		address := provider.URL
		if to != "" {
			address += "?" + url.Values{"next": {to}}.Encode()
		}
		buttons = append(buttons, view.NewLink(r.T("oauth.with", provider.DisplayName), address).Secondary().Full())
	}
	return buttons, nil
}

// notSignedIn are the reasons for which the way back from a provider ends here.
var notSignedIn = []string{"expired", "cancelled", "failed", "no_email", "admin_password_only", "unverified_account"}

// refusedElsewhere is what to say to somebody whom a provider sent back without
// a session; "" to everybody else.
func refusedElsewhere(r *view.Request) string {
	why := r.Request.URL.Query().Get("oauth")
	switch {
	case why == "":
		return ""
	case !slices.Contains(notSignedIn, why):
		why = "failed"
	}
	return r.T("oauth." + why)
}

// elsewhereTexts are the words about accounts elsewhere.
var elsewhereTexts = view.Catalog{
	"oauth.or":                  {ID: "atau", EN: "or"},
	"oauth.with":                {ID: "Lanjut dengan %s", EN: "Continue with %s"},
	"oauth.expired":             {ID: "Waktu untuk masuk sudah habis. Coba sekali lagi.", EN: "The time to sign in ran out. Please try once more."},
	"oauth.cancelled":           {ID: "Anda belum masuk. Coba lagi, atau masuk dengan kata sandi.", EN: "You are not signed in. Try again, or sign in with your password."},
	"oauth.failed":              {ID: "Akun itu tidak bisa dipakai untuk masuk saat ini. Coba lagi, atau masuk dengan kata sandi.", EN: "That account cannot be used to sign in right now. Try again, or sign in with your password."},
	"oauth.no_email":            {ID: "Akun itu tidak punya alamat e-mail yang terverifikasi. Masuk dengan kata sandi.", EN: "That account has no verified e-mail address. Sign in with your password."},
	"oauth.admin_password_only": {ID: "Admin hanya bisa masuk dengan kata sandi.", EN: "Admins sign in with their password only."},
	"oauth.unverified_account":  {ID: "E-mail ini sudah terdaftar, tetapi belum dikonfirmasi. Masuk dengan kata sandi, atau buat kata sandi baru lewat “Lupa kata sandi?”.", EN: "This e-mail is registered but not confirmed. Sign in with your password, or choose a new one by “Forgot your password?”."},
}
