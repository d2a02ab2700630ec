// Command lend runs a command, such as go test, and lends its test binaries one
// Postgres server and one migrated database of each kind.
//
//	go run ./plugins/plugintest/lend go test ./...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"jasaweb/plugins/plugintest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "lend:", err)
	}
	os.Exit(code)
}

// run gives the command's exit code, and an error of its own.
func run(args []string) (code int, err error) {
	if len(args) == 0 {
		return 2, errors.New("which command?")
	}
	// What is lent lasts until the command has ended. An interrupt from the terminal
	// reaches the command by itself, a request to end has to be passed on.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	lent, err := plugintest.Lend()
	if err != nil {
		return 2, err
	}
	defer func() { err = errors.Join(err, lent.Stop()) }()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), lent.Env()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 2, err
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // it may have ended
			}
		}
	}()
	err = cmd.Wait()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(failed.ExitCode(), 1), nil // killed by a signal: -1
	}
	if err != nil {
		return 2, err
	}
	return 0, nil
}
