package hooks_test

import (
	"strings"
	"testing"
)

// One guest's batch of nineteen new users once held the only writer for five
// seconds.
func TestBatchesAreForAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := func(more string) map[string]any {
		return map[string]any{"requests": []any{map[string]any{
			"method": "PATCH", "url": "/api/collections/users/records/" + w.client.Id, "body": map[string]any{"name": "Budi" + more},
		}}}
	}
	before := w.Hash(t)
	w.Do(t, "POST", "/api/batch", "", body("")).Want(403)
	w.Do(t, "POST", "/api/batch", w.client.Token, body("")).Want(403)
	w.Do(t, "POST", "/api/batch/", w.client.Token, body("")).Want(403)
	w.Do(t, "POST", "/api/batch", "", strings.Repeat("x", 1<<20)).Want(403) // not even read
	if w.Hash(t) != before {
		t.Error("a refused batch left traces")
	}
	w.Do(t, "POST", "/api/batch", w.admin.Token, body("")).Want(200)
	w.Do(t, "POST", "/api/batch", w.superuser, body("!")).Want(200)
	for _, field := range []string{"password", "passwordConfirm", "oldPassword", "password+"} {
		w.Do(t, "POST", "/api/batch", w.superuser, map[string]any{"requests": []any{map[string]any{
			"method": "PATCH", "url": "/api/collections/users/records/" + w.client.Id, "body": map[string]any{field: "rahasia-baru-1"},
		}}}).Want(400)
	}
}

func TestBatchesAreSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const frame = `{"requests":[{"method":"PATCH","url":"/api/collections/users/records/","body":{"name":""}}]}`
	fill := func(size int) string {
		url := "/api/collections/users/records/"
		return strings.Replace(strings.Replace(frame, url, url+w.client.Id, 1), `"name":""`, `"name":"A","x":"`+strings.Repeat("x", size-len(frame)-len(w.client.Id)-8)+`"`, 1)
	}
	if fits := fill(2 << 20); len(fits) != 2<<20 {
		t.Fatalf("%d bytes", len(fits))
	}
	w.Do(t, "POST", "/api/batch", w.admin.Token, fill(2<<20)).Want(200)
	w.Do(t, "POST", "/api/batch", w.admin.Token, fill(2<<20+1)).Want(413)
}
