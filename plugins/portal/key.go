package portal

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
)

// jobReseal seals the logins of websites under the current key once that changes.
const jobReseal = "credentials.reseal"

// bindKey stops the start of a program that could not open the logins in its
// database: found out by a client, it would be too late.
func (p *plugin) bindKey(app core.App) {
	collections.HandleJob(app, jobReseal, func(_ context.Context, app core.App, _ json.RawMessage) error {
		n, err := collections.ResealCredentials(app.NonconcurrentDB(), p.config.Credentials)
		if err == nil {
			app.Logger().Info("the logins of websites are sealed under the current key", "logins", n)
		}
		return err
	})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := p.checkKey(e.App); err != nil {
			return err
		}
		return e.Next()
	})
}

func (p *plugin) checkKey(app core.App) error {
	fit, err := collections.CheckCredentialsKey(app.DB(), p.config.Credentials)
	if err != nil {
		return err
	}
	mark, err := collections.CredentialsKeyMark(app.DB())
	switch {
	case err != nil:
		return err
	case fit == collections.KeyPrevious:
		return collections.Enqueue(app, jobReseal, nil, collections.Unique(mark+":"+collections.Now(app).UTC().Format("20060102T1504")))
	case fit == collections.KeyUnused, mark == "":
		return collections.MarkCredentialsKey(app.NonconcurrentDB(), p.config.Credentials)
	}
	return nil
}

// keyCommand is "jasaweb credentials": the way out when the key is lost.
func (p *plugin) keyCommand(app core.App) *cobra.Command {
	forget := &cobra.Command{
		Use:   "forget",
		Short: "Drop the logins of websites that no key opens any more, so that the program starts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := app.RunAllMigrations(); err != nil {
				return fmt.Errorf("credentials forget: migrate: %w", err)
			}
			n, err := collections.ForgetCredentials(app.NonconcurrentDB(), p.config.Credentials)
			if err != nil {
				return fmt.Errorf("credentials forget: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Logins dropped: %d. Enter them again on the projects.\n", n)
			return nil
		},
	}
	credentials := &cobra.Command{Use: "credentials", Short: "Manage the stored logins of delivered websites"}
	credentials.AddCommand(forget)
	return credentials
}
