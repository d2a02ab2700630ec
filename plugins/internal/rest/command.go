package rest

import (
	"fmt"
	"text/tabwriter"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/plugins/internal/command"
)

// Command makes the "routes" command, which prints the route table.
func Command(app core.App) *cobra.Command {
	return command.WithoutData(&cobra.Command{
		Use:   "routes",
		Short: "Prints every route with the access level that it needs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "METHOD\tPATH\tACCESS\tSUMMARY")
			for _, r := range Routes(app) {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Method, r.Path, r.Access, r.Summary)
			}
			return w.Flush()
		},
	})
}
