package bot

import (
	"errors"
	"net/netip"
	"testing"
)

func TestDownloadsStayOnThePublicNetwork(t *testing.T) {
	for name, list := range map[string][]string{
		"unspecified, this network": {"0.0.0.0", "0.1.2.3", "::"},
		"loopback":                  {"127.0.0.1", "127.255.255.254", "::1"},
		"private":                   {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"},
		"link-local, metadata":      {"169.254.169.254", "fe80::1", "fe80::1%eth0"},
		"shared by carriers":        {"100.64.0.1", "100.127.255.255"},
		"benchmarks":                {"198.18.0.1", "198.19.255.255"},
		"documentation":             {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"},
		"protocol assignments":      {"192.0.0.8", "192.88.99.1", "2001:2::1", "2001:20::1"},
		"multicast":                 {"224.0.0.1", "239.255.255.255", "ff02::1"},
		"reserved, broadcast":       {"240.0.0.1", "255.255.255.255", "4000::1", "8000::1"},
		"unique local, site-local":  {"fc00::1", "fd00:ec2::254", "fec0::1"},
		"IPv4-mapped":               {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"},
		"IPv4-compatible":           {"::127.0.0.1", "::10.0.0.1", "::8.8.8.8"},
		"NAT64":                     {"64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254"},
		"NAT64, local":              {"64:ff9b:1::1", "64:ff9b:1::8.8.8.8"},
		"6to4":                      {"2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1"},
		"Teredo":                    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"},
		"with a zone":               {"2606:2800:220:1::%eth0"},
	} {
		for _, ip := range list {
			if public(netip.MustParseAddr(ip)) {
				t.Errorf("%s: %s counts as public", name, ip)
			}
		}
	}
	for _, ip := range []string{"93.184.216.34", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "198.17.0.1", "198.20.0.1",
		"223.255.255.255", "2606:2800:220:1::", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"} {
		if !public(netip.MustParseAddr(ip)) {
			t.Errorf("%s does not count as public", ip)
		}
	}
}

func TestTheMachineItselfIsReachedOnlyWhereLumaIsOnIt(t *testing.T) {
	for _, c := range []struct {
		loopback bool
		address  string
		allowed  bool
	}{
		{true, "127.0.0.1:443", true},
		{true, "[::1]:80", true},
		{true, "[::ffff:127.0.0.1]:80", true},
		{true, "10.0.0.1:443", false},
		{true, "169.254.169.254:80", false},
		{true, "8.8.8.8:443", true},
		{false, "127.0.0.1:443", false},
		{false, "[::1]:443", false},
		{false, "8.8.8.8:443", true},
		{false, "nonsense", false},
	} {
		if err := (reach{c.loopback}).control("tcp", c.address, nil); (err == nil) != c.allowed {
			t.Errorf("loopback %v, %s: %v", c.loopback, c.address, err)
		}
	}
	for _, url := range []string{"http://93.184.216.34/v.mp4", "ftp://93.184.216.34/v.mp4", "file:///etc/passwd", "v.mp4", "//h/v.mp4",
		"https://127.0.0.1:1/v.mp4", "https://[::1]:1/v.mp4", "https://0x7f.1:1/v.mp4", "https://localhost:1/v.mp4", "https://169.254.169.254/v.mp4", "::"} {
		f := newFetcher(false)
		if _, err := f.fetch(t.Context(), f.videos, url, 1); err == nil {
			t.Errorf("%s was fetched", url)
		} else if url != "https://0x7f.1:1/v.mp4" && url != "https://localhost:1/v.mp4" && !errors.Is(err, errNever) {
			t.Errorf("%s may be tried again: %v", url, err)
		}
		f.close()
	}
}

// Whatever embeds an address is as public as that address.
func FuzzPublic(f *testing.F) {
	for _, seed := range []string{"127.0.0.1", "8.8.8.8", "192.168.0.1", "169.254.169.254"} {
		b := netip.MustParseAddr(seed).As4()
		f.Add(b[0], b[1], b[2], b[3])
	}
	f.Fuzz(func(t *testing.T, a, b, c, d byte) {
		v4 := netip.AddrFrom4([4]byte{a, b, c, d})
		for _, form := range []netip.Addr{
			netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: a, 13: b, 14: c, 15: d}),
			netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: a, 13: b, 14: c, 15: d}),
			netip.AddrFrom16([16]byte{0x20, 0x02, a, b, c, d}),
		} {
			if public(form) != public(v4) {
				t.Errorf("%s is public: %v, and %s: %v", form, public(form), v4, public(v4))
			}
		}
		if public(v4) && (v4.IsPrivate() || v4.IsLoopback() || !v4.IsGlobalUnicast()) {
			t.Errorf("%s counts as public", v4)
		}
	})
}
