package conformance

import "fmt"

// Host is one build of the client, driven by its own interface.
type Host interface {
	// Open makes a client from the options of a case with its entropy.
	Open(options []byte, nowMs int64) (Client, error)
}

// Client is one open client of a host. An error is a failure of the host itself; what the client answers is in the
// Reply.
type Client interface {
	Call(op string, in []byte, nowMs int64) (Reply, error)
	// CallRaw is Call for input that may be no JSON: on a host that carries the clock in the input, the clock is moved
	// by a call before.
	CallRaw(op string, in []byte, nowMs int64) (Reply, error)
}

// Reply is what an operation answered.
type Reply struct {
	Status int
	// JSON is the reply without the status.
	JSON []byte
	// Body is the body of the request that poll handed out.
	Body []byte
}

// BodyIn cuts the body of a polled request out of the buffer that starts with the reply.
func BodyIn(reply Value, buffer []byte) ([]byte, error) {
	request, _ := reply.Get("request")
	body, found := request.Get("body")
	if !found {
		return nil, nil
	}
	at, err := body.Integer("at")
	if err != nil {
		return nil, err
	}
	length, err := body.Integer("len")
	if err != nil {
		return nil, err
	}
	if at < 0 || length < 0 || at+length > int64(len(buffer)) {
		return nil, fmt.Errorf("body %s lies outside the %d bytes of the reply", body, len(buffer))
	}
	return buffer[at : at+length], nil
}
