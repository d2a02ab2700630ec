package hooks_test

import (
	"strings"
	"testing"

	"jasaweb/plugins/plugintest"
)

// PocketBase reads the first JSON value of a body, whatever comes before and after
// it and however it is sent.
func TestNullIsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/api/collections/users/"
	send := func(method, path, token, body string, chunked bool) *plugintest.Response {
		req := w.Request(t, method, path, token, body)
		if chunked {
			req.ContentLength = -1
		}
		return w.Send(t, req)
	}
	blanks := strings.Repeat(" ", 60)
	for _, body := range []string{
		"null", " null\n", blanks + "null", blanks + " null", blanks + blanks + "null", "null 1", "null" + blanks + blanks, blanks + blanks,
	} {
		for _, chunked := range []bool{false, true} {
			send("POST", path+"request-email-change", w.client.Token, body, chunked).Want(400)
			send("POST", path+"auth-with-password", "", body, chunked).Want(400)
		}
	}
	// What is a request arrives whole, be it short, as long as what is looked at, or longer.
	for _, name := range []string{"null", strings.Repeat("n", 64-len(`{"name":""}`)), strings.Repeat("n", 65-len(`{"name":""}`)), strings.Repeat("n", 255)} {
		for _, before := range []string{"", blanks} {
			for _, chunked := range []bool{false, true} {
				send("PATCH", path+"records/"+w.client.Id, w.client.Token, before+`{"name":"`+name+`"}`, chunked).Want(200)
				if got := w.Reload(t, w.client.Record).GetString("name"); got != name {
					t.Errorf("%d letters arrive as %q", len(name), got)
				}
			}
		}
	}
}
