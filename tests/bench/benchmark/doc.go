// Package benchmark holds the Go benchmarks of whole clients, for benchstat: the driver as Go programs use it, and the
// module in wazero. `make bench-go` runs them with those of the packages. The C library has none here: it holds a Go
// runtime, and two of them do not belong into one process; hosts/c measures it.
package benchmark
