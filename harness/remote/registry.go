package remote

import "reflect"

// keep makes an object callable from the other end and returns its ID, which
// is the same whenever the object is.
func (e *End) keep(object any) uint64 {
	id, _ := e.kept(object)
	return id
}

func (e *End) kept(object any) (id uint64, fresh bool) {
	comparable := reflect.TypeOf(object).Comparable()
	e.mu.Lock()
	defer e.mu.Unlock()
	if comparable {
		if id, ok := e.ids[object]; ok {
			return id, false
		}
	}
	e.last++
	e.mine[e.last] = object
	if comparable {
		e.ids[object] = e.last
	}
	return e.last, true
}

// standIn returns what stands here for the other end's object, which create
// makes the first time.
func (e *End) standIn(id uint64, create func() any) (s any, created bool) {
	e.mu.Lock()
	s, ok := e.theirs[id]
	e.mu.Unlock()
	if ok {
		return s, false
	}
	fresh := create() // may ask for other stand-ins
	e.mu.Lock()
	defer e.mu.Unlock()
	if s, ok := e.theirs[id]; ok {
		return s, false
	}
	e.theirs[id], e.origin[fresh] = fresh, id
	return fresh, true
}

// originOf returns the other end's ID of a stand-in.
func (e *End) originOf(object any) (uint64, bool) {
	if object == nil || !reflect.TypeOf(object).Comparable() {
		return 0, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	id, ok := e.origin[object]
	return id, ok
}

// ownObject returns the object that the other end sends home.
func (e *End) ownObject(id uint64) any {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.mine[id]
}
