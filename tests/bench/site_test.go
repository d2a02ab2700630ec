package bench

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"jasaweb/tests/programtest"
)

// Pages beside a file of the same size from the same binary, 16 clients. A page
// with an unknown parameter is neither read from the cache nor kept, so it is
// rendered every time: that is "cold".
func BenchmarkSite(b *testing.B) {
	p := programtest.NewProgram(b)
	pages := []struct{ name, path, cold string }{
		{"landing", "/", "/?tanpa=simpanan"},
		{"blog", "/blog", "/blog?tanpa=simpanan"},
		{"portal home", "/portal", "/portal"},
	}
	files := filepath.Join(filepath.Dir(p.Dir), "theme", "public")
	if err := os.MkdirAll(files, 0o755); err != nil {
		b.Fatal(err)
	}
	p.StartSandbox(b, p.Site+"/api/webhooks/midtrans")
	p.Serve(b)
	programtest.WaitFor(b, p.Site+"/api/health")
	programtest.WaitFor(b, p.Sandbox+"/_sim/state")
	w := newBareWorkload(b, p)
	request := func(path string) func(int) *http.Request {
		return func(int) *http.Request {
			req, err := http.NewRequest("GET", p.Site+path, nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", "gzip") // said by us, so that the client does not unpack
			req.Header.Set("Accept", "text/html")
			req.Header.Set("Cookie", "jw="+w.client)
			return req
		}
	}
	fmt.Printf("\n%-22s %8s %9s %9s %9s   %9s %9s %9s   %6s\n", "page / file of its size", "bytes", "req/s", "p50 ms", "p99 ms", "req/s", "p50 ms", "p99 ms", "ratio")
	for _, page := range pages {
		for _, kind := range []struct{ name, path string }{{"cold", page.cold}, {"warm", page.path}} {
			size := sizeOf(b, request(kind.path)(0))
			name := fmt.Sprintf("%s-%s.bin", page.name[:4], kind.name)
			noise := make([]byte, size)
			_, _ = rand.Read(noise) // never fails
			if err := os.WriteFile(filepath.Join(files, name), noise, 0o644); err != nil {
				b.Fatal(err)
			}
			const clients, count = 16, 1600
			ours, file := w.load(clients, count, request(kind.path)), w.load(clients, count, request("/"+name))
			fmt.Printf("%-22s %8d %s   %s   %6.2f\n", page.name+", "+kind.name, size, ours, file, ours.perSecond/file.perSecond)
		}
	}
}

func sizeOf(b *testing.B, req *http.Request) int {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, resp.Body); err != nil || resp.StatusCode != 200 {
		b.Fatalf("%s: %d, %v", req.URL, resp.StatusCode, err)
	}
	return body.Len()
}
