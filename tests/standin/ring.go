package standin

// ring keeps the newest items within two bounds, a count and a sum of sizes. The newest item is always kept.
type ring[T any] struct {
	maxItems int
	maxBytes int
	slots    []slot[T]
	head     int // slots before it are dropped already
	bytes    int
}

type slot[T any] struct {
	item T
	size int
}

// push adds an item and drops the oldest ones that no longer fit.
func (r *ring[T]) push(item T, size int) {
	r.slots = append(r.slots, slot[T]{item, size})
	r.bytes += size
	for len(r.slots)-r.head > 1 && (len(r.slots)-r.head > r.maxItems || r.bytes > r.maxBytes) {
		r.bytes -= r.slots[r.head].size
		r.slots[r.head] = slot[T]{}
		r.head++
	}
	if r.head > len(r.slots)/2 {
		kept := copy(r.slots, r.slots[r.head:])
		clear(r.slots[kept:])
		r.slots, r.head = r.slots[:kept], 0
	}
}

// each visits the items, oldest first.
func (r *ring[T]) each(visit func(T)) {
	for _, s := range r.slots[r.head:] {
		visit(s.item)
	}
}

// newest returns up to n items, newest first.
func (r *ring[T]) newest(n int) []T {
	items := make([]T, 0, n)
	for i := len(r.slots) - 1; i >= r.head && len(items) < n; i-- {
		items = append(items, r.slots[i].item)
	}
	return items
}

// reset drops everything.
func (r *ring[T]) reset() {
	r.slots, r.head, r.bytes = nil, 0, 0
}
