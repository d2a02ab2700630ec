// Command jasaweb runs an Indonesian website agency: clients order and pay a
// website, watch it being built and receive it. What it consists of is listed
// in plugins/plugins.go.
package main

import (
	"embed"
	"log"
	"os"

	"github.com/pocketbase/pocketbase/apis"

	"jasaweb/plugins"
)

//go:embed all:pb_public
var public embed.FS

func main() {
	log.SetFlags(0)
	if err := plugins.Run(os.Args[1:], apis.MustSubFS(public, "pb_public")); err != nil {
		log.Fatal("jasaweb: ", err)
	}
}
