// Package bolt keeps jobs in one bbolt file.
package bolt
