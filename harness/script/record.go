package script

import "socketkata/harness/record"

// Pass notes in the record that the script and all its checks have passed.
func (s *Script) Pass() {
	s.recorder.Set(func(r *record.Record) { r.Passed = true })
}

// EndRecord adds the conversation to the record.
func (s *Script) EndRecord() {
	s.recorder.End(func(r *record.Record) {
		s.changed.L.Lock()
		defer s.changed.L.Unlock()
		r.Events = s.Talk.Log.Events()
		for _, side := range s.Talk.Sides() {
			sent, received := side.Counts()
			r.Figures.ToSubject += sent
			r.Figures.FromSubject += received
			r.Conns = append(r.Conns, record.Conn{Name: side.Name, Harness: side.Name, Subject: side.Labels.Subject})
		}
	})
}

// SaveRecord saves the record when the bench has done all its checks.
func (s *Script) SaveRecord() {
	s.recorder.Set(func(r *record.Record) {
		r.Elapsed = s.Elapsed()
		r.Passed = r.Passed && !s.t.Failed() && !s.t.Skipped()
	})
	if err := s.recorder.Save(); err != nil {
		s.t.Logf("harness: save the record: %v", err)
	}
}
