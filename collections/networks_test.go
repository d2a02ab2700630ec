package collections_test

import (
	"testing"

	"jasaweb/collections"
)

// A household of IPv6 chooses freely within its network, so that is what counts.
func TestNetworkIsWhatCountsAsOneCaller(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"203.0.113.7":                 "203.0.113.7",
		"2001:db8:1:2:3:4:5:6":        "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff:ffff::":    "2001:db8:1:2::/64",
		"2001:db8:1:3::1":             "2001:db8:1:3::/64",
		"::ffff:203.0.113.7":          "203.0.113.7",
		"fe80::1%eth0":                "fe80::/64",
		"what a proxy made of it all": "what a proxy made of it all",
	} {
		if got := collections.Network(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
