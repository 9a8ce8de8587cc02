package standin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

var (
	errNoFlag      = errors.New("no such flag")
	errNoCondition = errors.New("flag has no condition to set a rollout on")
	errRollout     = errors.New("rollout_percentage is not between 0 and 100")
)

// FlagEdit changes one flag of the definitions. Nil fields stay as they are.
type FlagEdit struct {
	Active            *bool    `json:"active"`
	RolloutPercentage *float64 `json:"rollout_percentage"` // of the flag's first condition
}

// documents are the answers that tests put in: definitions, remote flags, remote config payloads.
type documents struct {
	// mu guards everything below. The byte slices are never changed once they are here.
	mu     sync.Mutex
	flags  []byte // the definitions document
	etag   string
	remote []byte // the answer of /flags, nil for the default
	config map[string][]byte
}

func newDocuments(definitions []byte) (*documents, error) {
	d := &documents{config: make(map[string][]byte)}
	if _, err := d.putDefinitions(definitions); err != nil {
		return nil, err
	}
	return d, nil
}

// definitions returns the document, byte for byte as it was put or edited last, and its weak ETag.
func (d *documents) definitions() (document []byte, etag string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flags, d.etag
}

// putDefinitions replaces the whole document.
func (d *documents) putDefinitions(document []byte) (etag string, err error) {
	root, err := object(document)
	if err != nil {
		return "", err
	}
	var flags []json.RawMessage
	if json.Unmarshal(root["flags"], &flags) != nil || flags == nil {
		return "", errors.New("flags is not an array")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.publish(bytes.Clone(document))
	return d.etag, nil
}

// publish stores a document. The caller holds mu.
func (d *documents) publish(document []byte) {
	sum := sha256.Sum256(document)
	d.flags = document
	d.etag = `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// edit changes one flag in the document and returns the flag as it is now. An edit that changes something raises the
// flag's version, as the service does, if the flag has one.
func (d *documents) edit(key string, change FlagEdit) (flag []byte, etag string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	decoder := json.NewDecoder(bytes.NewReader(d.flags))
	decoder.UseNumber() // numbers keep their token: matching depends on it
	var root map[string]any
	if err := decoder.Decode(&root); err != nil {
		return nil, "", err
	}
	found := findFlag(root, key)
	if found == nil {
		return nil, "", errNoFlag
	}
	before := encodeJSON(found)
	if err := change.apply(found); err != nil {
		return nil, "", err
	}
	if !bytes.Equal(before, encodeJSON(found)) {
		raiseVersion(found)
		d.publish(encodeJSON(root))
	}
	return encodeJSON(found), d.etag, nil
}

// apply changes a decoded flag, or nothing if it fails.
func (e FlagEdit) apply(flag map[string]any) error {
	if e.RolloutPercentage != nil {
		if *e.RolloutPercentage < 0 || *e.RolloutPercentage > 100 {
			return errRollout
		}
		condition := firstCondition(flag)
		if condition == nil {
			return errNoCondition
		}
		condition["rollout_percentage"] = *e.RolloutPercentage
	}
	if e.Active != nil {
		flag["active"] = *e.Active
	}
	return nil
}

func findFlag(root map[string]any, key string) map[string]any {
	flags, _ := root["flags"].([]any)
	for _, item := range flags {
		if flag, ok := item.(map[string]any); ok && flag["key"] == key {
			return flag
		}
	}
	return nil
}

func firstCondition(flag map[string]any) map[string]any {
	filters, _ := flag["filters"].(map[string]any)
	groups, _ := filters["groups"].([]any)
	if len(groups) == 0 {
		return nil
	}
	condition, _ := groups[0].(map[string]any)
	return condition
}

func raiseVersion(flag map[string]any) {
	if token, ok := flag["version"].(json.Number); ok {
		if version, err := token.Int64(); err == nil {
			flag["version"] = version + 1
		}
	}
}

// remoteFlags is the scripted answer of /flags, nil for the default.
func (d *documents) remoteFlags() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.remote
}

// putRemoteFlags scripts the answer of /flags; nil restores the default.
func (d *documents) putRemoteFlags(answer []byte) error {
	if answer != nil && !json.Valid(answer) {
		return errors.New("answer is not JSON")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remote = bytes.Clone(answer)
	return nil
}

// remoteConfig is the scripted payload of a flag, nil if there is none.
func (d *documents) remoteConfig(key string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config[key]
}

// putRemoteConfig scripts the payload of a flag; nil removes it.
func (d *documents) putRemoteConfig(key string, payload []byte) error {
	if payload != nil && !json.Valid(payload) {
		return fmt.Errorf("payload of %s is not JSON", key)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if payload == nil {
		delete(d.config, key)
		return nil
	}
	d.config[key] = bytes.Clone(payload)
	return nil
}
