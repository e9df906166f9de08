// Package storetest is the conformance suite of store.Store.
package storetest
