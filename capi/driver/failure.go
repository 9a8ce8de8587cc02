package driver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/libposthog/libposthog/core/wire"
)

// failureKind says in the core's words why a request got no response.
func failureKind(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return wire.ErrCancelled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return wire.ErrTimeout
	case isDNS(err):
		return wire.ErrDNS
	case isTLS(err):
		return wire.ErrTLS
	case isConnect(err):
		return wire.ErrConnect
	case isReset(err):
		return wire.ErrReset
	}
	return wire.ErrOther
}

func isDNS(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

func isTLS(err error) bool {
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
	)
	if errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &authority) ||
		errors.As(err, &hostname) || errors.As(err, &invalid) {
		return true
	}
	var operation *net.OpError
	return errors.As(err, &operation) && (operation.Op == "remote error" || operation.Op == "local error")
}

// isConnect also knows the names net/http and its SOCKS client give to connecting through a proxy.
func isConnect(err error) bool {
	var operation *net.OpError
	if !errors.As(err, &operation) {
		return false
	}
	switch operation.Op {
	case "dial", "proxyconnect", "socks connect":
		return true
	}
	return false
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
