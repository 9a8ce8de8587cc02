package core

// reported remembers a bounded number of keys. When it is full, the key that was not seen for longest goes. Unlike a
// library's it finds a key without making a string of it: that is what nearly every flag call does.
type reported struct {
	limit int
	// index finds a key's place in entries.
	index   map[string]int32
	entries []reportedKey
	// newest and oldest are the ends of a ring through the entries; they mean something once there is one.
	newest, oldest int32
}

// reportedKey is one key and its neighbours in the ring, by when they were seen.
type reportedKey struct {
	key          string
	newer, older int32
}

func newReported(limit int) reported {
	return reported{limit: limit, index: map[string]int32{}}
}

// see reports whether a key is remembered, which then counts as seen now.
func (r *reported) see(key []byte) bool {
	at, found := r.index[string(key)]
	if found && at != r.newest {
		r.unlink(at)
		r.link(at)
	}
	return found
}

// add remembers a key.
func (r *reported) add(key string) {
	if r.see([]byte(key)) {
		return
	}
	at := int32(len(r.entries))
	if len(r.entries) < r.limit {
		r.entries = append(r.entries, reportedKey{})
	} else {
		at = r.oldest
		delete(r.index, r.entries[at].key)
		r.unlink(at)
	}
	r.entries[at].key = key
	r.index[key] = at
	r.link(at)
}

// unlink takes an entry out of the ring.
func (r *reported) unlink(at int32) {
	e := &r.entries[at]
	r.entries[e.older].newer, r.entries[e.newer].older = e.newer, e.older
	if at == r.oldest {
		r.oldest = e.newer
	}
	if at == r.newest {
		r.newest = e.older
	}
}

// link puts an entry into the ring as the newest.
func (r *reported) link(at int32) {
	e := &r.entries[at]
	if len(r.index) == 1 {
		e.newer, e.older = at, at
		r.newest, r.oldest = at, at
		return
	}
	e.older, e.newer = r.newest, r.oldest
	r.entries[r.newest].newer, r.entries[r.oldest].older = at, at
	r.newest = at
}
