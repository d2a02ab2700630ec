package hooks_test

import (
	"strings"
	"testing"
)

func TestNullIsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/api/collections/users/"
	for _, body := range []string{"null", " null\n", strings.Repeat(" ", 60) + "null"} {
		w.Do(t, "POST", path+"request-email-change", w.client.Token, body).Want(400)
		w.Do(t, "POST", path+"auth-with-password", "", body).Want(400)
	}
	w.Do(t, "PATCH", path+"records/"+w.client.Id, w.client.Token, map[string]any{"name": "null"}).Want(200)
	if got := w.Reload(t, w.client.Record).GetString("name"); got != "null" {
		t.Errorf("a short body arrives as %q", got)
	}
}
