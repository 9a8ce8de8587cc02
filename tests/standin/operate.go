package standin

import "time"

// Events returns the events kept that match, oldest first.
func (s *Server) Events(f Filter) []*Event { return s.journal.listEvents(f) }

// Requests returns the requests kept that match, oldest first.
func (s *Server) Requests(f Filter) []Request { return s.journal.listRequests(f) }

// Summary counts the events received for one token, or for all if token is empty.
func (s *Server) Summary(token string) Summary { return s.journal.summary(token) }

// Overview is everything the page shows.
func (s *Server) Overview() Overview {
	overview := s.journal.overview()
	_, overview.DefinitionsETag = s.documents.definitions()
	return overview
}

// Reset forgets events, requests and counts, and clears the faults. Definitions and scripted answers stay.
func (s *Server) Reset() error {
	s.journal.reset()
	return s.ClearFaults()
}

// Definitions returns the definitions document and its ETag.
func (s *Server) Definitions() (document []byte, etag string) { return s.documents.definitions() }

// SetDefinitions replaces the definitions document: a JSON object with an array flags.
func (s *Server) SetDefinitions(document []byte) error {
	etag, err := s.documents.putDefinitions(document)
	if err != nil {
		return err
	}
	s.hub.publish("definitions", definitionsNotice{etag})
	return nil
}

// EditFlag changes one flag of the definitions and returns it as it is now.
func (s *Server) EditFlag(key string, change FlagEdit) (flag []byte, err error) {
	flag, etag, err := s.documents.edit(key, change)
	if err != nil {
		return nil, err
	}
	s.hub.publish("definitions", definitionsNotice{etag})
	return flag, nil
}

// SetRemoteFlags scripts the exact answer of /flags; nil restores the one that knows no flags.
func (s *Server) SetRemoteFlags(answer []byte) error { return s.documents.putRemoteFlags(answer) }

// SetRemoteConfig scripts the remote config payload of a flag; nil removes it.
func (s *Server) SetRemoteConfig(key string, payload []byte) error {
	return s.documents.putRemoteConfig(key, payload)
}

// AddFault appends a script.
func (s *Server) AddFault(f Fault) error { return s.faults.add(f) }

// Faults returns the scripts with the steps they have left.
func (s *Server) Faults() []Fault { return s.faults.pending() }

// ClearFaults drops all scripts, ends hanging requests without an answer, and ends a refusal.
func (s *Server) ClearFaults() error {
	s.faults.clear()
	return s.Admit()
}

// Refuse closes the main listener and its connections, for a while, or until Admit when the while is 0.
func (s *Server) Refuse(while time.Duration) { s.gate.refuse(nil, while) }

// Admit listens on the main address again. It fails if another process took the port meanwhile.
func (s *Server) Admit() error { return s.gate.admit() }

// Refusing reports whether the main listener is closed.
func (s *Server) Refusing() bool { return s.gate.refusing() }
