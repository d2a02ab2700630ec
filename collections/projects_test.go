package collections_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/secret"
	"jasaweb/plugins/plugintest"
)

// sealed is a project whose login is on file, with the stored envelope.
func sealed(t *testing.T, app *plugintest.App) (*collections.Project, string) {
	t.Helper()
	p := app.NewProject(t, app.NewUser(t, collections.RoleClient), app.NewTier(t, "t"+core.GenerateDefaultRandomId(), 1_000_000, 100))
	p.SetCredentials(&collections.Credentials{AdminURL: "https://sd.sch.id/login", Username: "admin", Password: "rahasia"})
	if err := app.Save(p); err != nil {
		t.Fatal(err)
	}
	p = collections.AsProject(app.Reload(t, p.Record))
	var envelope string
	if err := p.UnmarshalJSONField("credentials", &envelope); err != nil || !secret.Sealed(envelope) {
		t.Fatalf("stored %q, %v", p.GetString("credentials"), err)
	}
	return p, envelope
}

func TestLoginOpensForItsProjectOnly(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	p, envelope := sealed(t, app)
	c, err := p.RevealCredentials(app.Credentials)
	if err != nil || c == nil || c.Password != "rahasia" || !p.HasCredentials() {
		t.Fatalf("%+v, %v", c, err)
	}
	other, _ := sealed(t, app)
	for name, value := range map[string]any{
		"first letter":      "v1.A" + strings.Map(flip, envelope[4:5]) + envelope[5:],
		"cut":               envelope[:len(envelope)-2],
		"nonce alone":       envelope[:20],
		"nothing but v1":    "v1.",
		"another version":   "v2." + envelope[3:],
		"without a version": envelope[3:],
		"plain text":        map[string]any{"admin_url": "https://a.id", "username": "a", "password": "b"},
		"a list":            []string{envelope},
	} {
		p.Set("credentials", value)
		if c, err := p.RevealCredentials(app.Credentials); err == nil {
			t.Errorf("%s: opened as %+v", name, c)
		} else if strings.Contains(err.Error(), envelope[5:]) {
			t.Errorf("%s: the error shows the envelope", name)
		}
	}
	other.Set("credentials", envelope)
	if c, err := other.RevealCredentials(app.Credentials); err == nil {
		t.Errorf("a moved login opened as %+v", c)
	}
	if err := app.Save(other); err == nil {
		t.Error("a moved login was saved")
	}
	p.Set("credentials", envelope)
	if _, err := p.RevealCredentials(secret.NewBox(secret.Key("kunci lain", nil))); err == nil {
		t.Error("opened under another key")
	}
	for _, empty := range []any{nil, "", "null", map[string]any{}} {
		p.Set("credentials", empty)
		if c, err := p.RevealCredentials(app.Credentials); err != nil || c != nil || p.HasCredentials() {
			t.Errorf("%v: %+v, %v", empty, c, err)
		}
	}
}

// flip changes a letter of the envelope's alphabet into another one.
func flip(r rune) rune {
	if r == 'B' {
		return 'C'
	}
	return 'B'
}

func TestOnlyAUsableLoginIsKept(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	p, envelope := sealed(t, app)
	for _, raw := range []string{
		`"admin/admin"`, `[1]`, `{"username":"a","password":"b"}`, `{"admin_url":"javascript:1","username":"a","password":"b"}`,
		`{"admin_url":"https://a.id","username":" ","password":"b"}`, `{"admin_url":"https://a.id","username":"a","password":"b","pin":1}`,
		`{"admin_url":"https://a.id","username":"a","password":"` + strings.Repeat("p", 501) + `"}`, `"v1.` + strings.Repeat("A", 60) + `"`,
	} {
		p.Set("credentials", json.RawMessage(raw))
		if err := app.Save(p); err == nil {
			t.Errorf("%s was kept", raw)
		}
	}
	if fresh := app.Reload(t, p.Record); !strings.Contains(fresh.GetString("credentials"), envelope) {
		t.Error("a refused login replaced the one on file")
	}
}

func TestEveryStatusHasALabelInBothLanguages(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range collections.Statuses {
		for _, lang := range []string{"id", "en"} {
			label := s.Label(lang)
			toOneSide := strings.Contains(label, "Anda") || strings.Contains(label, "your")
			if label == "" || label == string(s) || seen[label] || toOneSide {
				t.Errorf("%s in %s: %q", s, lang, label)
			}
			seen[label] = true
		}
		if s.Label("fr") != s.Label("id") {
			t.Errorf("%s: Indonesian is not what other languages get", s)
		}
	}
	if got := collections.Status("lama").Label("id"); got != "lama" {
		t.Errorf("an unknown status is %q", got)
	}
}

// What a note is made of counts, not that there is one.
func TestBlankNoteIsNoReason(t *testing.T) {
	t.Parallel()
	for note, want := range map[string]bool{"": false, " \n\t": false, "Ganti logo": true} {
		err := collections.CheckTransition(collections.Review, collections.InProgress, collections.ByClient, note)
		if (err == nil) != want {
			t.Errorf("%q: %v", note, err)
		}
	}
}

func TestLongUserAgentIsCutBetweenRunes(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	for _, agent := range []string{"", strings.Repeat("a", 250), strings.Repeat("a", 251), "a" + strings.Repeat("é", 300), "abc" + strings.Repeat("🏫", 100)} {
		e := &core.RequestEvent{App: app}
		e.Request = httptest.NewRequest("GET", "/", nil)
		e.Request.Header.Set("User-Agent", agent)
		got := collections.RequestActor(e).UserAgent
		if !utf8.ValidString(got) || len(got) > 250 || !strings.HasPrefix(agent, got) || (len(agent) > 250) != (len(got) >= 247 && got != agent) {
			t.Errorf("%d bytes became %d: %q", len(agent), len(got), got)
		}
	}
}
