package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// flagValue is what errors call it.
const flagValue = "flag_value"

// FlagValue is get_flag for a caller who wants the value alone: the flag for one user by plain arguments, at once and
// without JSON around it. in holds the other members of get_flag's input as an object, or is empty; nowMs is as for Call.
//
// value is JSON, true, false, null or a string, where the status is 0; with any other it is empty. Status 2, WOULD_WAIT,
// says that get_flag has to be asked: "get_flag" of Call has the whole answer. recorded says that an event was queued or
// dropped: otherwise there is nothing new to poll for.
//
// # Errors
//
// Those of Call.
func (i *Instance) FlagValue(
	ctx context.Context, client uint32, key, distinctID string, in []byte, nowMs int64,
) (status int32, value string, recorded bool, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.dead != nil {
		return 0, "", false, i.dead
	}
	length := len(key) + len(distinctID) + len(in)
	block, err := i.reserve(ctx, flagValue, length)
	if err != nil {
		return 0, "", false, err
	}
	memory := i.module.Memory()
	if !memory.WriteString(block, key) || !memory.WriteString(block+uint32(len(key)), distinctID) ||
		!memory.Write(block+uint32(length-len(in)), in) {
		return 0, "", false, i.trap(ctx, flagValue, fmt.Errorf("block at %d lies outside the memory", block))
	}
	result, err := i.enter(ctx, i.flagValue, uint64(client), uint64(block), uint64(len(key)), uint64(len(distinctID)),
		uint64(len(in)), uint64(nowMs))
	if err != nil {
		return 0, "", false, i.trap(ctx, flagValue, err)
	}
	text, ok := memory.Read(block, uint32(max(length, inputRoom)))
	end := bytes.IndexByte(text, 0)
	if !ok || end < 0 {
		return 0, "", false, i.trap(ctx, flagValue, fmt.Errorf("no value at %d", block))
	}
	value = valueText(text[:end])
	return int32(result), value, result>>32 != 0, i.release(ctx, flagValue, block)
}

// valueText is a value as a string, which the usual ones cost no allocation.
func valueText(text []byte) string {
	for _, usual := range [...]string{"true", "false", "null"} {
		if string(text) == usual {
			return usual
		}
	}
	return string(text)
}

// FlagValue is the value of one flag for one user: true, false, the name of a variant, or nil where it cannot be decided.
// in holds the other members of get_flag's input ("groups", "person_properties", "timeout_ms", …) as an object, or is
// empty. It is the cheapest way to a flag that can be decided at once; for any other it does what Call does with
// "get_flag".
//
// # Errors
//
// Those of Call.
func (c *Client) FlagValue(ctx context.Context, key, distinctID string, in []byte) (any, error) {
	status, value, err := c.flagValue(ctx, key, distinctID, in)
	if err != nil {
		return nil, err
	}
	if status != statusOK {
		return c.getFlag(ctx, key, distinctID, in)
	}
	switch value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	var other any
	err = read([]byte(value), &other)
	return other, err
}

func (c *Client) flagValue(ctx context.Context, key, distinctID string, in []byte) (status int32, value string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return 0, "", c.ended
	}
	// If the instance is lost in this very call, so is its event.
	c.undelivered++
	status, value, recorded, err := c.instance.FlagValue(ctx, c.id, key, distinctID, in, now())
	if err = c.checked(err); err != nil {
		return 0, "", err
	}
	if recorded {
		notify(c.touched)
	} else {
		c.undelivered--
	}
	return status, value, nil
}

// getFlag asks for the whole record.
func (c *Client) getFlag(ctx context.Context, key, distinctID string, in []byte) (any, error) {
	if !utf8.ValidString(key) || !utf8.ValidString(distinctID) {
		return nil, errors.New("posthog: get_flag: key and distinct id must be UTF-8")
	}
	input, err := membersOf(in)
	if err != nil {
		return nil, fmt.Errorf("posthog: get_flag: the input is not a JSON object: %w", err)
	}
	input["key"], input["distinct_id"] = key, distinctID
	text, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	reply, err := c.Call(ctx, "get_flag", text)
	if err != nil {
		return nil, err
	}
	var record struct{ Value any }
	err = read(reply, &record)
	return record.Value, err
}
