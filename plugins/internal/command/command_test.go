package command

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestACommandNeedsDataUnlessItSaysNot(t *testing.T) {
	t.Parallel()
	root, serve, db, load := &cobra.Command{Use: "jasaweb"}, &cobra.Command{Use: "serve"}, &cobra.Command{Use: "db"}, &cobra.Command{Use: "import"}
	root.AddCommand(serve, WithoutData(db))
	db.AddCommand(load)
	for cmd, want := range map[*cobra.Command]bool{root: true, serve: true, db: false, load: false} {
		if got := NeedsData(cmd); got != want {
			t.Errorf("%s needs data: %t, want %t", cmd.Name(), got, want)
		}
	}
}
