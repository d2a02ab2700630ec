package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"sync/atomic"
)

// Network is a machine's worth of network beside this one's: what runs in it
// reaches a Server over a wire that can be cut without either end being told.
type Network struct {
	name string // of the namespace; its end of the wire is name + "b"
	host string // this machine in it
}

var networks atomic.Int64

// NewNetwork makes one. It needs root and iproute2, and is an error without.
func NewNetwork() (*Network, error) {
	n := networks.Add(1)
	name := fmt.Sprintf("pg%d-%d", os.Getpid(), n)
	subnet := fmt.Sprintf("10.213.%d.", (os.Getpid()+int(n))%256)
	w := &Network{name: name, host: subnet + "1"}
	for _, args := range [][]string{
		{"netns", "add", name},
		{"link", "add", name + "a", "type", "veth", "peer", "name", name + "b", "netns", name},
		{"addr", "add", w.host + "/30", "dev", name + "a"},
		{"link", "set", name + "a", "up"},
		{"-n", name, "addr", "add", subnet + "2/30", "dev", name + "b"},
		{"-n", name, "link", "set", name + "b", "up"},
	} {
		if err := ip(args...); err != nil {
			return nil, errors.Join(err, w.Remove())
		}
	}
	return w, nil
}

// Inside are the words before a command that run it in the network, as the same
// process.
func (w *Network) Inside() []string { return []string{"ip", "netns", "exec", w.name} }

// Cut loses every packet from now on.
func (w *Network) Cut() error { return ip("-n", w.name, "link", "set", w.name+"b", "down") }

// Remove ends it; what still runs in it keeps what it needs.
func (w *Network) Remove() error { return ip("netns", "del", w.name) }

// URL is the address of a database of the server, seen from inside; the server was
// started with Options.Network.
func (w *Network) URL(s *Server, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(Role), Host: w.host + ":" + s.port, Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

func ip(args ...string) error {
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: ip %v: %w %s", args, err, out)
	}
	return nil
}
