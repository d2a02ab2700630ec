package collections

import "net/netip"

// Network is what counts as one caller where addresses are counted: the address,
// and of IPv6 its /64, within which a household may choose freely.
func Network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if address = address.Unmap(); !address.Is6() {
		return address.String()
	}
	network, err := address.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return network.String()
}
