package accounts_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// signIn is a new token by our login or PocketBase's.
func signIn(t *testing.T, app *plugintest.App, collection string, user *plugintest.User) string {
	t.Helper()
	return app.Do(t, "POST", "/api/collections/"+collection+"/auth-with-password", "",
		map[string]any{"identity": user.Email(), "password": plugintest.Password}).Want(200).Map()["token"].(string)
}

func alive(t *testing.T, app *plugintest.App, token string) bool {
	t.Helper()
	return app.Do(t, "GET", "/api/account/sessions", token, nil).Status == 200
}

type sessions struct {
	Items []struct {
		ID, Method         string
		Current, Dashboard bool
	}
}

func sessionsOf(t *testing.T, app *plugintest.App, token string) sessions {
	t.Helper()
	var list sessions
	app.Do(t, "GET", "/api/account/sessions", token, nil).Want(200).JSON(&list)
	return list
}

// Every way in begins a session of its own, and signing out ends that one alone.
func TestSignOutEndsItsSession(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	registered := app.Do(t, "POST", "/api/auth/register", "", register("baru@contoh.test")).Want(201).Map()["token"].(string)
	app.Do(t, "POST", "/api/auth/logout", registered, nil).Want(204)
	if alive(t, app, registered) {
		t.Error("the session of the registration goes on")
	}
	ours := login(t, app, user.Email(), plugintest.Password).Want(200).Map()["token"].(string)
	theirs := signIn(t, app, collections.Users, user)
	fresh := app.Do(t, "POST", "/api/collections/users/auth-refresh", theirs, nil).Want(200).Map()["token"].(string)
	app.Do(t, "POST", "/api/auth/logout", ours, nil).Want(204)
	if alive(t, app, ours) {
		t.Error("the session goes on")
	}
	app.Do(t, "GET", "/api/collections/users/records/"+user.Id, ours, nil).Want(404) // a guest's answer
	if !alive(t, app, theirs) || !alive(t, app, fresh) || !alive(t, app, user.Token) {
		t.Error("another session ended")
	}
	app.Do(t, "POST", "/api/auth/logout", fresh, nil).Want(204) // a renewed token is of the same session
	if alive(t, app, theirs) || alive(t, app, fresh) {
		t.Error("the token from before the renewal goes on")
	}
	// A token without a session, as earlier versions made it, ends as well.
	app.Do(t, "POST", "/api/auth/logout", user.Token, nil).Want(204)
	if alive(t, app, user.Token) {
		t.Error("an old token goes on")
	}
	if again := must(t)(collections.SessionToken(user.Record, mustSession(t, app, user), time.Hour, true)); alive(t, app, again) {
		t.Error("a token of a session that nobody began is taken")
	}
}

func mustSession(t *testing.T, app *plugintest.App, user *plugintest.User) *collections.Session {
	t.Helper()
	s, err := collections.NewSession(app, user.Record, collections.Actor{}, "password", "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Two browsers of the same kind behind one address are two devices: only the one
// that asks is "this device".
func TestSessionsAreListedAndEndedOneByOne(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	here, there := signIn(t, app, collections.Users, user), signIn(t, app, collections.Users, user)
	stranger := signIn(t, app, collections.Users, other)
	list := sessionsOf(t, app, here)
	current, elsewhere := "", ""
	for _, s := range list.Items {
		if s.Current {
			current += s.ID
		} else {
			elsewhere += s.ID
		}
	}
	if len(list.Items) != 2 || len(current) != 15 || len(elsewhere) != 15 {
		t.Fatalf("sessions %+v", list.Items)
	}
	var signIns struct{ Items []struct{ Here bool } }
	app.Do(t, "GET", "/api/account/sign-ins", here, nil).Want(200).JSON(&signIns)
	if len(signIns.Items) != 2 || signIns.Items[0].Here == signIns.Items[1].Here {
		t.Errorf("sign-ins %+v", signIns.Items)
	}
	end := "/api/account/sessions/" + elsewhere + "/end"
	app.Do(t, "POST", end, stranger, nil).WantError(404)
	app.Do(t, "DELETE", "/api/collections/sessions/records/"+elsewhere, stranger, nil).WantError(404)
	app.Do(t, "POST", end, here, nil).Want(204)
	app.Do(t, "POST", end, here, nil).WantError(404)
	if alive(t, app, there) || !alive(t, app, here) || !alive(t, app, stranger) {
		t.Error("the wrong session ended")
	}
	lastAudit(t, app, collections.AuditSessionEnded, user.Id)
	r := app.Do(t, "POST", "/api/account/sessions/"+current+"/end", here, nil).Want(204)
	if sessionCookie(t, r.Header).MaxAge >= 0 || alive(t, app, here) {
		t.Error("one's own session goes on")
	}
}

// What ends every session ends the dashboard's of an admin, too.
func TestEverySessionEndsAtOnce(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	dashboard := func(token string) int { return app.Do(t, "GET", "/api/settings", token, nil).Status }
	for name, end := range map[string]func(token string){
		"everywhere": func(token string) {
			app.Do(t, "POST", "/api/auth/logout", token, map[string]any{"everywhere": true}).Want(204)
		},
		"a new password": func(token string) {
			app.Do(t, "POST", "/api/account/password", token, map[string]any{"old_password": plugintest.Password, "password": plugintest.Password + "x"}).Want(200)
			user := app.Reload(t, admin.Record)
			user.SetPassword(plugintest.Password)
			if err := app.Save(user); err != nil {
				t.Fatal(err)
			}
		},
	} {
		token, super := signIn(t, app, collections.Users, admin), signIn(t, app, "_superusers", admin)
		if got := dashboard(super); got != 200 {
			t.Fatalf("%s: the dashboard does not open: %d", name, got)
		}
		if list := sessionsOf(t, app, token); len(list.Items) != 2 || list.Items[0].Dashboard == list.Items[1].Dashboard {
			t.Errorf("%s: sessions %+v", name, list.Items)
		}
		end(token)
		if alive(t, app, token) || dashboard(super) == 200 {
			t.Errorf("%s: a session goes on", name)
		}
	}
	n, err := app.CountRecords(collections.Sessions)
	if err != nil || n != 0 {
		t.Errorf("%d sessions are left: %v", n, err)
	}
}

// Admins and superusers end what a user has open, by our route and in the dashboard.
func TestAdminsEndSessionsOfAUser(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, admin := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleAdmin)
	for name, token := range map[string]string{"admin": admin.Token, "superuser": app.Superuser(t)} {
		open := signIn(t, app, collections.Users, user)
		app.Do(t, "DELETE", "/api/collections/sessions/records/"+sessionsOf(t, app, open).Items[0].ID, token, nil).Want(204)
		if alive(t, app, open) {
			t.Errorf("%s: the session goes on", name)
		}
		if row := lastAudit(t, app, collections.AuditSessionEnded, user.Id); row.GetString("actor_kind") != "admin" {
			t.Errorf("%s: audit row %v", name, row.PublicExport())
		}
	}
	before := app.Hash(t)
	for _, token := range []string{admin.Token, user.Token} { // nobody makes or prolongs one
		app.Do(t, "POST", "/api/collections/sessions/records", token, map[string]any{"record": user.Id}).WantError(403)
	}
	if app.Hash(t) != before {
		t.Error("a session was made")
	}
}

// A session ends without requests and in any case some day; an admin's sooner.
func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	for role, life := range map[string]struct{ idle, longest time.Duration }{
		collections.RoleClient: {7 * 24 * time.Hour, 30 * 24 * time.Hour},
		collections.RoleAdmin:  {4 * time.Hour, 24 * time.Hour},
	} {
		app := newApp(t)
		user := app.NewUser(t, role)
		began := still(app)
		idle := signIn(t, app, collections.Users, user)
		app.SetNow(began.Add(life.idle - time.Second))
		if !alive(t, app, idle) { // and so it goes on from here
			t.Errorf("%s: ended too soon", role)
		}
		app.SetNow(began.Add(2*life.idle - 2*time.Second))
		if !alive(t, app, idle) {
			t.Errorf("%s: its use did not count", role)
		}
		app.SetNow(began.Add(3*life.idle - 2*time.Second))
		if alive(t, app, idle) {
			t.Errorf("%s: an idle session goes on", role)
		}
		app.SetNow(began)
		used := signIn(t, app, collections.Users, user)
		for at := began; at.Before(began.Add(life.longest)); at = at.Add(life.idle / 2) {
			app.SetNow(at)
			if !alive(t, app, used) {
				t.Fatalf("%s: ended after %v", role, at.Sub(began))
			}
		}
		app.SetNow(began.Add(life.longest - time.Second))
		if !alive(t, app, used) {
			t.Errorf("%s: ended before its day", role)
		}
		app.SetNow(began.Add(life.longest))
		if alive(t, app, used) {
			t.Errorf("%s: a session goes on for ever", role)
		}
		if err := collections.PurgeSessions(app); err != nil {
			t.Fatal(err)
		}
		app.SetNow(began.Add(40 * 24 * time.Hour))
		if err := collections.PurgeSessions(app); err != nil {
			t.Fatal(err)
		}
		if n, err := app.CountRecords(collections.Sessions); err != nil || n != 0 {
			t.Errorf("%s: %d sessions are kept for ever: %v", role, n, err)
		}
	}
}

// A superuser in somebody else's account stays an hour at most, and not beyond
// being a superuser.
func TestImpersonationIsBounded(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	client, admin, second := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleAdmin), app.NewUser(t, collections.RoleAdmin)
	began := still(app)
	super := signIn(t, app, "_superusers", admin)
	take := func(seconds int) string {
		return app.Do(t, "POST", "/api/collections/users/impersonate/"+client.Id, super, map[string]any{"duration": seconds}).Want(200).Map()["token"].(string)
	}
	short, long, unsaid := take(60), take(10_000_000), take(0)
	for _, token := range []string{short, long, unsaid} {
		if !alive(t, app, token) {
			t.Fatal("not even now")
		}
	}
	if list := sessionsOf(t, app, long); list.Items[0].Method != collections.MethodForeign {
		t.Errorf("the client does not see it: %+v", list.Items)
	}
	// Neither PocketBase nor the cookie makes more of it.
	if again := app.Do(t, "POST", "/api/collections/users/auth-refresh", long, nil).Want(200).Map()["token"]; again != long {
		t.Error("it was renewed")
	}
	app.SetNow(began.Add(59 * time.Second))
	if !alive(t, app, short) {
		t.Error("the short one ended too soon")
	}
	app.SetNow(began.Add(61 * time.Second))
	if alive(t, app, short) {
		t.Error("the short one goes on")
	}
	app.SetNow(began.Add(59 * time.Minute))
	rec := send(t, app, "GET", "/api/account/sessions", nil, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "__Host-jw", Value: long})
	})
	if rec.Code != 200 || rec.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d, cookie %q", rec.Code, rec.Header().Get("Set-Cookie"))
	}
	app.SetNow(began.Add(time.Hour))
	if alive(t, app, long) || alive(t, app, unsaid) {
		t.Error("it goes on after an hour")
	}
	taken := take(0)
	app.Do(t, "PATCH", "/api/collections/users/records/"+admin.Id, second.Token, map[string]any{"role": "client"}).Want(200)
	if alive(t, app, taken) {
		t.Error("it goes on after the demotion of who made it")
	}
	if n, err := app.CountRecords(collections.Sessions, dbx.HashExp{"maker": ""}, dbx.HashExp{"collection": "_superusers"}); err != nil || n != 0 {
		t.Errorf("%d sessions of the superuser are left: %v", n, err)
	}
}

// Who signs in by a program again and again does not fill the disk.
func TestAnAccountKeepsAHundredSessions(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	began := still(app)
	first := signIn(t, app, collections.Users, user)
	for n := range 99 {
		app.SetNow(began.Add(time.Duration(n+1) * time.Millisecond * 10))
		if err := collections.StartSession(app, mustSession(t, app, user)); err != nil {
			t.Fatal(err)
		}
	}
	if !alive(t, app, first) {
		t.Error("the first of a hundred ended")
	}
	app.SetNow(began.Add(time.Second))
	second := signIn(t, app, collections.Users, user)
	if alive(t, app, first) || !alive(t, app, second) {
		t.Error("not the oldest ended")
	}
}
