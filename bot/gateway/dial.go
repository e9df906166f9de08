package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// dial makes the watched connection.
func (l *link) dial(ctx context.Context, network, addr string, secure bool) (net.Conn, error) {
	raw, err := l.reach(ctx, network, addr, secure)
	if err != nil {
		return nil, err
	}
	plain := raw
	if secure {
		if plain, err = l.encrypt(ctx, raw, addr); err != nil {
			return nil, err
		}
	} else if !local(raw.RemoteAddr()) {
		_ = raw.Close() // nothing was sent on it
		return nil, errors.New("the gateway's address is not encrypted, and the token travels")
	}
	conn, err := watch(plain, raw, l.s.c.Token.Reveal(), l.resume, l.by, l.s.c.Limits.Connect)
	if err != nil {
		_ = raw.Close() // err says more
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		conn.end(cause{kind: lost, err: context.Canceled})
	}
	l.conn = conn
	return conn, nil
}

// local reports whether a is of this machine.
func local(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// reach connects to addr, or to the proxy that leads there.
func (l *link) reach(ctx context.Context, network, addr string, secure bool) (net.Conn, error) {
	proxy, err := l.proxy(addr)
	if err != nil {
		return nil, fmt.Errorf("find the proxy: %w", err)
	}
	if proxy == nil || !secure { // what is not encrypted stays on this machine
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	port := map[string]string{"http": "80", "https": "443"}[proxy.Scheme]
	if port == "" {
		return nil, fmt.Errorf("a proxy of scheme %q: only http and https can lead to the gateway", proxy.Scheme)
	}
	if proxy.Port() != "" {
		port = proxy.Port()
	}
	at := net.JoinHostPort(proxy.Hostname(), port)
	conn, err := new(net.Dialer).DialContext(ctx, network, at)
	if err != nil {
		return nil, fmt.Errorf("connect to the proxy: %w", err)
	}
	if proxy.Scheme == "https" {
		if conn, err = l.encrypt(ctx, conn, at); err != nil {
			return nil, fmt.Errorf("connect to the proxy: %w", err)
		}
	}
	if err := tunnel(ctx, conn, proxy.User, addr); err != nil {
		_ = conn.Close() // err says more
		return nil, fmt.Errorf("ask the proxy %s for the gateway: %w", proxy.Host, err)
	}
	return conn, nil
}

// proxy returns the proxy that leads to addr, or nil: the one that the question
// for the address takes. By default that is HTTPS_PROXY's.
func (l *link) proxy(addr string) (*url.URL, error) {
	t, ok := l.s.c.Transport.(*http.Transport)
	if !ok || t.Proxy == nil {
		return nil, nil
	}
	return t.Proxy(&http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: addr}})
}

// tunnel has the proxy at the other end of conn lead conn on to addr.
// Source: RFC 9110, section 9.3.6.
func tunnel(ctx context.Context, conn net.Conn, user *url.Userinfo, addr string) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // fails where it is closed
	defer stop()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user != nil {
		password, _ := user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	br := bufio.NewReader(io.LimitReader(conn, maxHeader))
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // nothing of it is read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %.100q", resp.Status)
	}
	if br.Buffered() > 0 {
		return errors.New("it speaks before it was spoken to")
	}
	if !stop() {
		return ctx.Err()
	}
	return nil
}

// encrypt begins TLS with the server at addr on raw, which it closes where that
// fails.
func (l *link) encrypt(ctx context.Context, raw net.Conn, addr string) (net.Conn, error) {
	config := &tls.Config{}
	if t, ok := l.s.c.Transport.(*http.Transport); ok && t.TLSClientConfig != nil {
		config = t.TLSClientConfig.Clone() // who trusts a host for the question trusts it for the answer
	}
	config.NextProtos = nil
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(addr)
	}
	t := tls.Client(raw, config)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the handshake's error says more
		return nil, err
	}
	return t, nil
}
