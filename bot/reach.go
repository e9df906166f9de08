package bot

import (
	"fmt"
	"net/netip"
	"syscall"
)

// reach bounds where downloads may lead: an address that Luma or Discord gave must
// not take the bot into the operator's own network.
type reach struct {
	// loopback allows addresses of this machine: for a Luma that is on it, and a
	// Discord.
	loopback bool
}

// control refuses connections to the inside. It is net.Dialer's Control, and so
// sees the address that is really dialled, after the name was resolved.
func (r reach) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	ip := ap.Addr()
	if r.loopback && ip.Unmap().IsLoopback() {
		return nil
	}
	if !public(ip) {
		return fmt.Errorf("address %s is not on the public network: %w", ip, errNever)
	}
	return nil
}

// public reports whether an address is of the public network, and of no other
// by what is embedded in it.
func public(ip netip.Addr) bool {
	if ip.Zone() != "" {
		return false
	}
	if v4, ok := embedded(ip); ok {
		ip = v4
	}
	if ip.Is4() {
		return !within(ip, inside4)
	}
	return global6.Contains(ip) && !within(ip, inside6)
}

// embedded returns the IPv4 address that packets to an IPv6 address end up at.
func embedded(ip netip.Addr) (netip.Addr, bool) {
	b := ip.As16()
	switch {
	case ip.Is4():
		return ip, true
	case ip.Is4In6():
		return ip.Unmap(), true
	case nat64.Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case sixToFour.Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}

func within(ip netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// The ranges that are not public.
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
var (
	inside4 = prefixes(
		"0.0.0.0/8",       // this network
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // shared, of carriers
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link-local
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // 6to4 relays, no longer in use
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, and broadcast
	)
	// global6 is all that is given out as public; what is not in it is
	// loopback, unspecified, link-local, site-local, unique local, multicast,
	// compatible with IPv4, or of nobody.
	global6 = netip.MustParsePrefix("2000::/3")
	inside6 = prefixes(
		"2001::/23",     // protocol assignments, Teredo among them
		"2001:db8::/32", // documentation
		"3fff::/20",     // documentation
	)
	nat64     = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052; its local kin 64:ff9b:1::/48 is not global
	sixToFour = netip.MustParsePrefix("2002::/16")    // RFC 3056
)
