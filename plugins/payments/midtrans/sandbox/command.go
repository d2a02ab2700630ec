package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"jasaweb/plugins/internal/command"
)

// settings are the command's flags.
type settings struct {
	addr                             string
	serverKey, merchantID, notifyURL string
	retryProfile, httpStatus         string
	clock, chaosFile                 string
	speed                            float64
	seed                             uint64
	realistic, iKnow                 bool
}

// Command is "jasaweb midtrans-sandbox", the sandbox as a program of its own.
func Command() *cobra.Command {
	o := &settings{}
	cmd := &cobra.Command{
		Use:   "midtrans-sandbox",
		Short: "Run the local Midtrans simulator: QRIS charges, a mock wallet, signed notifications",
		Long:  manual(),
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
	f.StringVar(&o.httpStatus, "http-status", HTTPStatusAlways200, "HTTP status of answers: always200, or body for the code in the body")
	f.StringVar(&o.clock, "clock", "real", "real, or manual: time moves by POST /_sim/clock/advance {\"seconds\":60}")
	f.Float64Var(&o.speed, "speed", 1, "divide the waits by this: between attempts, for banks, of chaos")
	f.Uint64Var(&o.seed, "seed", 0, "make ids, pauses and chaos the same in every run; 0: different ones")
	f.BoolVar(&o.realistic, "realistic", false, "notify payments up to 20 s and expire transactions up to 90 s late, as Midtrans does")
	f.StringVar(&o.chaosFile, "chaos", "", "file with options and probabilities, or rules, as POST /_sim/chaos takes them")
	f.BoolVar(&o.iKnow, "i-know", false, "listen on, and notify, other machines too")
	return command.WithoutData(cmd)
}

// manual is the long help: the options of chaos, which have no flags.
func manual() string {
	var b strings.Builder
	b.WriteString("Run the local Midtrans simulator: QRIS charges, a mock wallet, signed notifications.\n\n" +
		"Options of chaos, for --chaos, POST /_sim/chaos and the page /chaos, as {\"duplicate\":0.5} or as\n" +
		"[{\"option\":\"drop_first\",\"k\":2,\"match\":{\"order_id\":\"JW1-*\",\"status\":\"settlement\"},\"probability\":1,\"count\":3}]:\n\n")
	for _, o := range Options() {
		fmt.Fprintf(&b, "  %-27s%s\n", o.Name, o.About)
	}
	return b.String()
}

// open makes the sandbox that the flags describe.
func (o *settings) open(log io.Writer) (*Server, error) {
	if o.clock != "real" && o.clock != "manual" {
		return nil, fmt.Errorf("--clock %q is neither real nor manual", o.clock)
	}
	var rules []Rule
	if o.chaosFile != "" {
		content, err := os.ReadFile(o.chaosFile)
		if err == nil {
			rules, err = ParseChaos(content)
		}
		if err != nil {
			return nil, fmt.Errorf("--chaos: %w", err)
		}
	}
	config := Config{
		ServerKey: o.serverKey, MerchantID: o.merchantID, NotifyURL: o.notifyURL, RetryProfile: o.retryProfile,
		HTTPStatus: o.httpStatus, ManualClock: o.clock == "manual", Speed: o.speed, Realistic: o.realistic,
		// Not ErrOrStderr: PocketBase discards what its commands write there.
		AllowRemote: o.iKnow, Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
	if o.seed != 0 {
		config.Random = rand.NewPCG(o.seed, 0)
	}
	s, err := New(config)
	if err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return s, nil
	}
	if err := s.SetChaos(rules...); err != nil {
		s.Close()
		return nil, fmt.Errorf("--chaos: %w", err)
	}
	return s, nil
}

// run serves until ctx ends.
func (o *settings) run(ctx context.Context, cmd *cobra.Command) error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return fmt.Errorf("midtrans-sandbox: --addr: %w", err)
	}
	if !o.iKnow && !localName(host) {
		return fmt.Errorf("midtrans-sandbox: %s is reachable by others, who could pay with play money; --i-know allows it", o.addr)
	}
	s, err := o.open(cmd.OutOrStdout())
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
