package postgres_test

import (
	"log"
	"os"

	"github.com/pocketbase/pocketbase"

	"jasaweb/plugins/postgres"
)

// The whole of it: PocketBase, unmodified, on the database of an address.
func Example() {
	store, err := postgres.New(postgres.Config{URL: os.Getenv("DATABASE_URL")})
	if err != nil {
		log.Fatal(err)
	}
	app := pocketbase.NewWithConfig(pocketbase.Config{DBConnect: store.Connect})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}
