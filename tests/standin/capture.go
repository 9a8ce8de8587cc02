package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Event is one accepted event.
type Event struct {
	Token        string          `json:"token"`
	Path         string          `json:"path"`
	Lib          string          `json:"lib"`
	Event        string          `json:"event"`
	UUID         string          `json:"uuid"`
	DistinctID   string          `json:"distinct_id"`
	Properties   json.RawMessage `json:"properties"`
	ReceivedAtMS int64           `json:"received_at_ms"`
}

// notice is the event without its properties.
func (e *Event) notice() EventNotice {
	return EventNotice{e.Token, e.Path, e.Lib, e.Event, e.UUID, e.DistinctID, e.ReceivedAtMS}
}

// sdkProperties are the properties the stand-in itself reads.
type sdkProperties struct {
	Lib          json.RawMessage `json:"$lib"`
	Token        json.RawMessage `json:"token"`
	DistinctID   json.RawMessage `json:"distinct_id"`
	Flag         json.RawMessage `json:"$feature_flag"`
	FlagResponse json.RawMessage `json:"$feature_flag_response"`
}

// decideBatch plays the v0 endpoints, /batch/ and /i/v0/ai/batch/.
func (s *Server) decideBatch(x *exchange) reply {
	root, err := object(x.body)
	if err != nil {
		return serviceError(http.StatusBadRequest, "request_parsing_error", err.Error())
	}
	x.token = firstText(root["api_key"], root["token"])
	x.events, err = x.parseBatch(root["batch"])
	if err != nil {
		return serviceError(http.StatusBadRequest, "request_parsing_error", err.Error())
	}
	if x.token == "" && len(x.events) > 0 {
		x.token = x.events[0].Token
	}
	for _, event := range x.events {
		if event.Token == "" {
			return serviceError(http.StatusUnauthorized, "missing_api_key", "api_key is missing")
		}
	}
	return jsonReply(http.StatusOK, []byte(`{"status":1}`))
}

// decideAnalytics plays the v1 endpoint.
func (s *Server) decideAnalytics(x *exchange) reply {
	x.token = bearer(x.http.Header)
	if x.token == "" {
		return analyticsError(http.StatusUnauthorized, "missing_authorization", "Authorization: Bearer is missing")
	}
	root, err := object(x.body)
	if err != nil {
		return analyticsError(http.StatusBadRequest, "request_parsing_error", err.Error())
	}
	x.events, err = x.parseBatch(root["batch"])
	if err != nil {
		return analyticsError(http.StatusBadRequest, "request_parsing_error", err.Error())
	}
	type result struct {
		Result string `json:"result"`
	}
	results := make(map[string]result, len(x.events))
	for i, event := range x.events {
		if event.UUID == "" {
			x.events = nil
			return analyticsError(http.StatusBadRequest, "request_parsing_error", fmt.Sprintf("event %d has no uuid", i))
		}
		results[event.UUID] = result{Result: "ok"}
	}
	answer := jsonReply(http.StatusOK, encodeJSON(map[string]any{"results": results}))
	if id := x.http.Header.Get("PostHog-Request-Id"); id != "" {
		answer = answer.with("PostHog-Request-Id", id)
	}
	return answer
}

// parseBatch reads the events of a batch. One malformed event spoils the batch, as in the service.
func (x *exchange) parseBatch(raw json.RawMessage) ([]*Event, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || items == nil {
		return nil, errors.New("batch is not an array")
	}
	events := make([]*Event, 0, len(items))
	for i, item := range items {
		event, err := x.parseEvent(item)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		events = append(events, event)
	}
	return events, nil
}

// parseEvent reads one event of either protocol.
func (x *exchange) parseEvent(raw json.RawMessage) (*Event, error) {
	fields, err := object(raw)
	if err != nil {
		return nil, err
	}
	name := firstText(fields["event"])
	if name == "" {
		return nil, errors.New("event has no name")
	}
	properties := fields["properties"]
	var known sdkProperties
	if properties != nil {
		if err := json.Unmarshal(properties, &known); err != nil {
			return nil, errors.New("properties is not an object")
		}
	}
	event := &Event{
		Token:        x.token,
		Path:         x.http.URL.EscapedPath(),
		Lib:          x.lib,
		Event:        name,
		UUID:         firstText(fields["uuid"]),
		DistinctID:   plain(fields["distinct_id"]),
		Properties:   properties,
		ReceivedAtMS: x.receivedAt,
	}
	if event.Token == "" {
		event.Token = firstText(fields["api_key"], known.Token)
	}
	if event.DistinctID == "" {
		event.DistinctID = plain(known.DistinctID)
	}
	if lib := firstText(known.Lib); lib != "" {
		event.Lib = lib
	}
	return event, nil
}

// object reads a JSON object one level deep. Unlike a struct it matches member names exactly.
func object(raw []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if members == nil {
		return nil, errors.New("not a JSON object: null")
	}
	return members, nil
}

// firstText is the first of the values that is a JSON string and not empty.
func firstText(values ...json.RawMessage) string {
	for _, raw := range values {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// plain is a JSON string's text, or any other value's JSON; empty for null and for nothing.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
