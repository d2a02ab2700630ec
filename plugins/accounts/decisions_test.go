package accounts_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// Whoever registers is the one who signed in, in the audit log, too.
func TestRegistrationIsASignInOfItsOwn(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	var answer struct{ Record collections.UserView }
	app.Do(t, "POST", "/api/auth/register", "", register("sd@contoh.test")).Want(201).JSON(&answer)
	if row := lastAudit(t, app, collections.AuditLogin, answer.Record.ID); row.GetString("actor") != answer.Record.ID {
		t.Errorf("the sign-in is %q's", row.GetString("actor"))
	}
}

// A person has one picture: of two, neither is taken.
func TestOfTwoPicturesNoneIsTaken(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	var form, picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	w := multipart.NewWriter(&form)
	for _, name := range []string{"satu.png", "dua.png"} {
		part, err := w.CreateFormFile("avatar", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(picture.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	app.Do(t, "PUT", "/api/account/avatar", user.Token, plugintest.Form{ContentType: w.FormDataContentType(), Content: form.String()}).WantError(400, "avatar")
	if got := app.Reload(t, user.Record).GetString("avatar"); got != "" {
		t.Errorf("kept %s", got)
	}
}
