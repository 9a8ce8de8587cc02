package wire

import (
	"strconv"

	"github.com/libposthog/libposthog/core/codec"
)

// RemoteConfig builds the request for the payload of a remote-config flag.
func (p *Project) RemoteConfig(key string, timeoutMs int64) *Request {
	path := "/api/projects/@current/feature_flags/" + escape(key) + "/remote_config?token=" + escape(p.APIKey)
	return p.request("GET", path, timeoutMs, Header{"authorization", "Bearer " + p.SecretKey})
}

// ReadRemoteConfig reads the answer; problem says why there is no payload. The service wraps a payload in a JSON
// string, which is opened; text inside it that is not JSON stays a string.
func ReadRemoteConfig(r *Response) (payload codec.Value, problem string) {
	switch {
	case r.Error != "":
		return nil, "the request failed: " + r.Error
	case !r.Success():
		return nil, "the server answered " + strconv.Itoa(r.Status)
	}
	payload, err := codec.Parse(r.Body)
	if err != nil {
		return nil, "the answer is no JSON"
	}
	return decodePayload(payload), ""
}
