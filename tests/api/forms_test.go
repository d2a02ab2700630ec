package api

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jasaweb/plugins/plugintest"
)

// writingRoutes are the routes of the goldens that take a body, so that a new one
// is tried by itself.
func writingRoutes(t *testing.T) (routes [][2]string) {
	t.Helper()
	files, err := filepath.Glob("../house/testdata/routes/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if words := strings.Fields(line); len(words) > 2 && words[0] != "GET" && !strings.HasPrefix(words[1], "/api/webhooks") {
				routes = append(routes, [2]string{words[0], words[1]})
			}
		}
	}
	return routes
}

// Whatever a form is sent that is none, the sender is at fault: a wrong body at a
// pay link once was a failure of the server, and its token stood in the log.
func TestWrongBodiesAreNoFailure(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	link := a.PayLink(t)
	bodies := map[string]plugintest.Form{
		"multipart without a boundary": {ContentType: "multipart/form-data", Content: "file=1"},
		"multipart cut short":          {ContentType: "multipart/form-data; boundary=x", Content: "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc"},
		"multipart of nothing":         {ContentType: "multipart/form-data; boundary=x", Content: "--x--"},
		"broken escapes":               {ContentType: "application/x-www-form-urlencoded", Content: "email=%zz&amount=%"},
		"no text":                      {ContentType: "application/x-www-form-urlencoded", Content: "email=%ff%00&name=%00&amount=%ff&reason=%00"},
		"JSON":                         {ContentType: "application/json", Content: `{"a":`},
		"null":                         {ContentType: "application/json", Content: "null"},
		"no kind":                      {ContentType: "", Content: "\x00\xff"},
		"a broken kind":                {ContentType: "multipart/form-data; boundary=\"", Content: "x"},
	}
	sent := 0
	for _, route := range writingRoutes(t) {
		path := strings.NewReplacer("{token}", link, "{id}", a.Invoice.Id).Replace(route[1])
		for name, body := range bodies {
			for _, session := range []string{"", a.Tokens["admin"]} {
				sent++
				if r := a.Do(t, route[0], path, session, body); r.Status >= 500 {
					t.Errorf("%s with %s: %d %.200s", route, name, r.Status, r.Body)
				}
			}
		}
	}
	if sent < 200 {
		t.Errorf("sent %d only", sent)
	}
}
