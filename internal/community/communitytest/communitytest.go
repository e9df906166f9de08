// Package communitytest is the conformance suite of community.Store: a backend's
// tests call Run, and what it holds is the whole of the contract.
package communitytest
