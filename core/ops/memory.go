package ops

import (
	"github.com/libposthog/libposthog/core/codec"
)

// Memory is what an operation needs while it lasts and the next one can use again: an event and its text, the records of a
// flag call, the text of the reply. The zero value is ready.
type Memory struct {
	event  eventCall
	flags  flagCall
	writer codec.Writer
}

// keptBytes is the longest text whose memory is kept.
const keptBytes = 1 << 20

// forget lets go of what the memory was used for; ok is false where it is too much to keep.
func (m *Memory) forget() (ok bool) {
	m.event.forget()
	m.flags.forget()
	return m.writer.Room()+m.event.draft.Room() <= keptBytes
}
