// Package config reads the configuration from the environment.
package config
