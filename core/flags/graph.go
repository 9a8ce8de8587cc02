package flags

// maxDepth bounds how long a chain of flags and cohorts is followed, and with it the recursion of an evaluation.
const maxDepth = 100

// refer notes the name of a flag or cohort for link, which turns it into a node.
func (p *parser) refer(name string) int32 {
	p.references = append(p.references, name)
	return int32(len(p.references) - 1)
}

// link resolves what flags and cohorts say about each other and cuts every circle and every chain that is too long, so
// that evaluation needs no guard and the answer does not depend on where it starts. A filter that is cut is unknown.
func (p *parser) link() {
	p.resolve()
	g := graph{d: p.d}

	// Circles of cohorts alone.
	_, component := g.order(func(f *filter, inCohort bool) bool { return f.kind == byCohort && inCohort })
	g.each(func(node int32, f *filter) {
		if f.kind == byCohort && component[node] == component[g.node(f)] {
			*f = unanswerable(cohortCycle)
		}
	})

	// All other circles lead through a flag.
	_, component = g.order(leans)
	g.each(func(node int32, f *filter) {
		if f.kind == byFlag && component[node] == component[g.node(f)] {
			*f = unanswerable(dependencyCycle)
		}
	})

	// What is left has an order in which everything comes after what it leans on.
	order, _ := g.order(leans)
	depth := make([]int, len(order))
	for _, node := range order {
		g.filters(node, func(f *filter) {
			switch {
			case !leans(f, false):
			case depth[g.node(f)] < maxDepth:
				depth[node] = max(depth[node], depth[g.node(f)]+1)
			case f.kind == byFlag:
				*f = unanswerable(dependencyTooDeep)
			default:
				*f = unanswerable(cohortTooDeep)
			}
		})
	}
}

// resolve turns names into indexes. A flag outside the definitions may exist in the service; so may a cohort.
func (p *parser) resolve() {
	g := graph{d: p.d}
	g.each(func(_ int32, f *filter) {
		switch f.kind {
		case byFlag:
			target, ok := p.d.index[p.references[f.target]]
			if f.target = target; !ok {
				*f = unanswerable(unknownDependency)
			}
		case byCohort:
			target, ok := p.cohortIDs[p.references[f.target]]
			if f.target = target; !ok {
				*f = unanswerable(unknownCohort)
			}
		}
	})
}

func leans(f *filter, _ bool) bool { return f.kind == byFlag || f.kind == byCohort }

// graph sees flags and then cohorts as nodes, and the filters that lean on others as edges.
type graph struct {
	d *Definitions
}

func (g graph) node(f *filter) int32 {
	if f.kind == byCohort {
		return int32(len(g.d.flags)) + f.target
	}
	return f.target
}

func (g graph) size() int { return len(g.d.flags) + len(g.d.cohorts) }

// each visits all filters.
func (g graph) each(visit func(node int32, f *filter)) {
	for node := range int32(g.size()) {
		g.filters(node, func(f *filter) { visit(node, f) })
	}
}

// filters visits the filters of a node.
func (g graph) filters(node int32, visit func(f *filter)) {
	if int(node) >= len(g.d.flags) {
		g.d.cohorts[int(node)-len(g.d.flags)].leaves(visit)
		return
	}
	for i := range g.d.flags[node].conditions {
		filters := g.d.flags[node].conditions[i].filters
		for j := range filters {
			visit(&filters[j])
		}
	}
}

// leaves visits the leaves of a group and of those within it.
func (g *propertyGroup) leaves(visit func(f *filter)) {
	for i := range g.entries {
		if entry := &g.entries[i]; entry.group != nil {
			entry.group.leaves(visit)
		} else {
			visit(&entry.leaf)
		}
	}
}

// order returns the nodes with everything after what it leans on, as far as there are no circles, and for each node
// the number of its strongly connected component. It is Tarjan's algorithm with a stack of its own, because a hostile
// document could make recursion as deep as it has flags.
func (g graph) order(isEdge func(f *filter, inCohort bool) bool) (order, component []int32) {
	edges := make([][]int32, g.size())
	g.each(func(node int32, f *filter) {
		if isEdge(f, int(node) >= len(g.d.flags)) {
			edges[node] = append(edges[node], g.node(f))
		}
	})
	t := tarjan{edges: edges, component: make([]int32, len(edges))}
	t.number = make([]int32, len(edges))
	t.lowest = make([]int32, len(edges))
	for node := range edges {
		t.component[node] = none
	}
	for node := range edges {
		if t.number[node] == 0 {
			t.visit(int32(node))
		}
	}
	return t.finished, t.component
}

type tarjan struct {
	edges             [][]int32
	number, lowest    []int32 // 0 means not yet seen
	component         []int32
	open, path        []int32 // nodes without a component; nodes being visited
	finished          []int32
	counter, assigned int32
}

func (t *tarjan) enter(node int32) {
	t.counter++
	t.number[node], t.lowest[node] = t.counter, t.counter
	t.open = append(t.open, node)
	t.path = append(t.path, node)
}

func (t *tarjan) visit(root int32) {
	t.enter(root)
	for len(t.path) > 0 {
		node := t.path[len(t.path)-1]
		if edges := t.edges[node]; len(edges) > 0 {
			next := edges[0]
			switch {
			case t.number[next] == 0:
				t.enter(next)
				continue // the edge is looked at again when next is done
			case t.component[next] == none:
				t.lowest[node] = min(t.lowest[node], t.lowest[next])
			}
			t.edges[node] = edges[1:]
			continue
		}
		t.leave(node)
	}
}

// leave finishes a node and, if it is the first of its component, the component.
func (t *tarjan) leave(node int32) {
	t.path = t.path[:len(t.path)-1]
	t.finished = append(t.finished, node)
	if t.lowest[node] != t.number[node] {
		return
	}
	for t.component[node] == none {
		last := len(t.open) - 1
		t.component[t.open[last]] = t.assigned
		t.open = t.open[:last]
	}
	t.assigned++
}
