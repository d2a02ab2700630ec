package bench

import (
	"testing"

	"jasaweb/plugins"
	"jasaweb/tests/programtest"
)

// BenchmarkDocs measures the API's document made anew, as after a change of a
// collection, beside the kept one.
func BenchmarkDocs(b *testing.B) {
	app := programtest.NewApp(b, plugins.Options{})
	for _, anew := range []bool{true, false} {
		name := "kept"
		if anew {
			name = "anew"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if anew {
					b.StopTimer()
					if err := app.ReloadCachedCollections(); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				app.Do(b, "GET", "/api/docs", "", nil).Want(200)
			}
		})
	}
}
