// Package command holds what the program's commands say of themselves.
package command

import "github.com/spf13/cobra"

const needs = "jasaweb.needs"

// WithoutData marks a command, and those below it, that needs no data directory,
// so that none is made for it:
//
//	return command.WithoutData(&cobra.Command{Use: "routes", …})
func WithoutData(cmd *cobra.Command) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[needs] = "nothing"
	return cmd
}

// NeedsData says whether cmd works on the data directory: unless it or a command
// above it was marked, it does.
func NeedsData(cmd *cobra.Command) bool {
	for ; cmd != nil; cmd = cmd.Parent() {
		if cmd.Annotations[needs] != "" {
			return false
		}
	}
	return true
}
