package bolt

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"dreambot/store"
)

// perJob reports what one job took, where an operation is on several.
func perJob(b *testing.B, jobs int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*jobs), "ns/job")
}

// BenchmarkCreate stores jobs from writers that come at once, sync included.
func BenchmarkCreate(b *testing.B) {
	for _, writers := range []int{1, 10, 300} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := newStore(b)
			for i := 0; b.Loop(); i++ {
				var all sync.WaitGroup
				for w := range writers {
					all.Go(func() {
						if err := s.Create(b.Context(), job(fmt.Sprintf("%06d-%03d", i, w))); err != nil {
							b.Errorf("Create: %v", err)
						}
					})
				}
				all.Wait()
			}
			perJob(b, writers)
		})
	}
}

// BenchmarkUpdate changes jobs, each by a writer of its own, sync included.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 300} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := newStore(b)
			fill(b, s, writers)
			for b.Loop() {
				var all sync.WaitGroup
				for w := range writers {
					all.Go(func() {
						_, err := s.Update(b.Context(), fmt.Sprintf("%05d", w), func(j *store.Job) error {
							j.Attempts++
							return nil
						})
						if err != nil {
							b.Errorf("Update: %v", err)
						}
					})
				}
				all.Wait()
			}
			perJob(b, writers)
		})
	}
}

// BenchmarkUpdateOfNothing is a change that alters nothing.
func BenchmarkUpdateOfNothing(b *testing.B) {
	s := newStore(b)
	fill(b, s, 1)
	for b.Loop() {
		if _, err := s.Update(b.Context(), "00000", func(*store.Job) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen reads 10,000 open jobs, as a start does.
func BenchmarkOpen(b *testing.B) {
	s := newStore(b)
	fill(b, s, 10_000)
	for b.Loop() {
		if jobs, err := s.Open(b.Context()); err != nil || len(jobs) != 10_000 {
			b.Fatalf("%d jobs, %v", len(jobs), err)
		}
	}
	perJob(b, 10_000)
}

// BenchmarkPrune deletes jobs, in calls of a thousand, sync included.
func BenchmarkPrune(b *testing.B) {
	s := newStore(b)
	jobs := endedJobs(store.MaxScan)
	for b.Loop() {
		b.StopTimer()
		putAll(b, s, jobs...)
		b.StartTimer()
		if n, err := s.Prune(b.Context(), late, len(jobs)); n != len(jobs) || err != nil {
			b.Fatalf("%d jobs, %v", n, err)
		}
	}
	perJob(b, len(jobs))
}

// BenchmarkStart opens a file of 100,000 jobs: the walk of its pages above all.
func BenchmarkStart(b *testing.B) {
	path := filepath.Join(b.TempDir(), "jobs.db")
	s := openStore(b, path)
	putAll(b, s, endedJobs(100_000)...)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMigrate opens a file of version 1 of 100,000 jobs.
func BenchmarkMigrate(b *testing.B) {
	old, err := os.ReadFile(versionOne(b, 100_000))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		path := write(b, old)
		b.StartTimer()
		s, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// fill stores n jobs, a second apart.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			j := job(fmt.Sprintf("%05d", i))
			j.CreatedAt = j.CreatedAt.Add(time.Duration(i) * time.Second)
			if err := s.Create(b.Context(), j); err != nil {
				b.Errorf("Create: %v", err)
			}
		})
	}
	all.Wait()
}
