package sink

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// Silent is a server that is connected to, by the kernel, and says nothing.
func Silent() (url string, closeIt func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	return "http://" + listener.Addr().String(), func() { _ = listener.Close() }, nil
}

// Unreachable is a server whose host answers nothing, as behind a firewall that drops packets: connecting to it ends
// when the one who connects gives up. It is a listener nobody accepts from, its queue full.
func Unreachable() (url string, closeIt func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, os.NewSyscallError("socket", err)
	}
	address, err := listen(fd)
	if err != nil {
		_ = syscall.Close(fd)
		return "", nil, err
	}
	var queued []net.Conn
	closeIt = func() {
		for _, conn := range queued {
			_ = conn.Close()
		}
		_ = syscall.Close(fd)
	}
	for range 8 { // Linux keeps one more than the backlog says
		conn, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			return "http://" + address, closeIt, nil
		}
		queued = append(queued, conn)
	}
	closeIt()
	return "", nil, fmt.Errorf("%s still accepts with %d connections waiting", address, len(queued))
}

// listen binds a socket to a free loopback port with the shortest queue there is.
func listen(fd int) (address string, err error) {
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", os.NewSyscallError("bind", err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		return "", os.NewSyscallError("listen", err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		return "", os.NewSyscallError("getsockname", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port), nil
}
