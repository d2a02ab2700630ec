package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// options are the command's flags.
type options struct {
	addr                             string
	serverKey, merchantID, notifyURL string
	retryProfile                     string
	iKnow                            bool
}

// Command is "jasaweb midtrans-sandbox", the sandbox as a program of its own.
func Command() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "midtrans-sandbox",
		Short: "Run the local Midtrans simulator: QRIS charges, a mock wallet, signed notifications",
		Args:  cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return o.run(ctx, cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:9099", "address to listen on")
	f.StringVar(&o.serverKey, "server-key", DefaultServerKey, "server key that clients use; begins with SB-")
	f.StringVar(&o.merchantID, "merchant-id", DefaultMerchantID, "merchant id in answers and notifications")
	f.StringVar(&o.notifyURL, "notify-url", "http://127.0.0.1:8090/api/webhooks/midtrans", "receiver of notifications for which a charge names no other; empty for none")
	f.StringVar(&o.retryProfile, "retry-profile", "a", "rhythm of repeated notifications: a (2 min to 3.5 h) or b (1 min)")
	f.BoolVar(&o.iKnow, "i-know", false, "listen on, and notify, other machines too")
	return cmd
}

// run serves until ctx ends.
func (o *options) run(ctx context.Context, cmd *cobra.Command) error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fmt.Errorf("midtrans-sandbox: --addr: %w", err)
	}
	if !o.iKnow && !localName(host) {
		return fmt.Errorf("midtrans-sandbox: %s is reachable by others, who could pay with play money; --i-know allows it", o.addr)
	}
	s, err := New(Config{
		ServerKey: o.serverKey, MerchantID: o.merchantID, NotifyURL: o.notifyURL, RetryProfile: o.retryProfile,
		// Not ErrOrStderr: PocketBase discards what its commands write there.
		AllowRemote: o.iKnow, Logger: slog.New(slog.NewTextHandler(cmd.OutOrStdout(), nil)),
	})
	if err != nil {
		return fmt.Errorf("midtrans-sandbox: %w", err)
	}
	defer s.Close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("midtrans-sandbox: %w", err)
	}
	base := "http://" + listener.Addr().String()
	fmt.Fprintf(cmd.OutOrStdout(), "Midtrans sandbox: %s/ (wallet %s/scan, notifications %s/notifications)\n", base, base, base)
	fmt.Fprintf(cmd.OutOrStdout(), "API base URL:     %s   notifies %s\n", base, o.notifyURL)

	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(last)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("midtrans-sandbox: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("midtrans-sandbox: stop: %w", err)
	}
	return nil
}
