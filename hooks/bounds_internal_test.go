package hooks

import "testing"

// What stays of an address when a provider hands out another one.
func TestNetworkOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"203.0.113.9", "203.0.255.1", true}, {"203.0.113.9", "203.1.113.9", false},
		{"2001:db8:1::1", "2001:db8:ffff::1", true}, {"2001:db8::1", "2001:db9::1", false},
		{"::ffff:203.0.113.9", "203.0.1.1", true}, {"::ffff:203.0.113.9", "203.1.1.1", false},
		{"", "", true}, {"unknown", "203.0.113.9", false},
	} {
		if got := network(c.one) == network(c.other); got != c.same {
			t.Errorf("%q and %q: %q, %q", c.one, c.other, network(c.one), network(c.other))
		}
	}
}
