package observability

import (
	"errors"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
)

// Proxy is what stands between visitors and the program.
type Proxy struct {
	// Header holds the visitor's address. Empty: there is no proxy, or the
	// dashboard's settings say which header it is.
	Header string
	// Peers are the proxy's own addresses. Empty: this machine and private networks.
	Peers []netip.Prefix
}

// ParseProxy reads "X-Real-IP", or with the addresses of the proxy behind it,
// "CF-Connecting-IP 203.0.113.0/24 2001:db8::7".
func ParseProxy(text string) (Proxy, error) {
	words := strings.Fields(text)
	if len(words) == 0 || strings.Trim(words[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return Proxy{}, errors.New("must begin with the name of a header, such as X-Real-IP")
	}
	p := Proxy{Header: http.CanonicalHeaderKey(words[0])}
	for _, word := range words[1:] {
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			address, err := netip.ParseAddr(word)
			if err != nil {
				return Proxy{}, errors.New(word + " is neither an address nor a network such as 10.0.0.0/8")
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		p.Peers = append(p.Peers, prefix)
	}
	return p, nil
}

// is reports whether a request comes from the proxy.
func (p Proxy) is(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	address = address.Unmap()
	if len(p.Peers) == 0 {
		return address.IsLoopback() || address.IsPrivate()
	}
	return slices.ContainsFunc(p.Peers, func(n netip.Prefix) bool { return n.Contains(address) })
}

// forwarded are the headers in which proxies say whom they speak for.
var forwarded = []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Cf-Connecting-Ip", "True-Client-Ip", "Fly-Client-Ip"}

// bindProxy believes the header of the proxy, from the proxy alone, and notices
// when nobody has said that there is one: then all visitors are one for whatever
// counts addresses.
func (p *plugin) bindProxy(app core.App) {
	apply := func(app core.App) {
		if p.config.Proxy.Header != "" {
			app.Settings().TrustedProxy = core.TrustedProxyConfig{Headers: []string{p.config.Proxy.Header}}
		}
	}
	app.OnSettingsReload().BindFunc(func(e *core.SettingsReloadEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		apply(e.App)
		return nil
	})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		apply(e.App)
		if len(e.App.Settings().TrustedProxy.Headers) == 0 && behindProxy(p.config.AppURL, e.Server.Addr) {
			log.Print("Warning: " + unsaid.EN)
		}
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id: "jasawebProxy", Priority: apis.DefaultCorsMiddlewarePriority - 2, Func: p.heedProxy, // before anything asks who it is
		})
		return e.Next()
	})
}

// behindProxy reports whether somebody else must be speaking https for a program
// that listens at addr.
func behindProxy(appURL, addr string) bool {
	_, port, _ := net.SplitHostPort(addr)
	return strings.HasPrefix(appURL, "https://") && port != "443" && port != "https"
}

func (p *plugin) heedProxy(e *core.RequestEvent) error {
	believed, header := e.App.Settings().TrustedProxy.Headers, e.Request.Header
	fromProxy := p.config.Proxy.is(e.Request.RemoteAddr)
	if p.config.Proxy.Header != "" && !fromProxy {
		header.Del(p.config.Proxy.Header) // anybody can send it
		return e.Next()
	}
	has := func(name string) bool { return header.Get(name) != "" }
	if fromProxy && slices.ContainsFunc(forwarded, has) && !slices.ContainsFunc(believed, has) && !p.unheeded.Swap(true) {
		log.Print("Warning: " + unsaid.EN)
		e.App.Logger().Warn(unsaid.EN)
	}
	return e.Next()
}

// unsaid warns of a proxy that nobody has spoken of.
var unsaid = collections.Text{
	ID: "Program ini ada di belakang proksi yang belum disebut: semua pengunjung terhitung satu alamat. Atur TRUSTED_PROXY (docs/install.md).",
	EN: "the program stands behind a proxy that it was not told of: all visitors count as one address. Set TRUSTED_PROXY (docs/install.md).",
}

// warnings are what admins should mend although the node can serve.
func (p *plugin) warnings(e *core.RequestEvent) []string {
	if e.Auth == nil || !e.Auth.IsSuperuser() && e.Auth.GetString("role") != collections.RoleAdmin || !p.unheeded.Load() {
		return nil
	}
	return []string{unsaid.ID + " " + unsaid.EN}
}
