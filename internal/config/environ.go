package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"strings"
	"unicode"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// maxDotenv is the most that a .env file may hold, in bytes.
const maxDotenv = 16 << 10

// Environ returns the process's environment, and below it the variables of the
// .env file at the path dotenv: where both have a name, the process's value
// holds, an empty one too. A missing file is fine, and so is an empty path. An
// error names the file, and the line that cannot be read, but never what the
// file holds. The process's own environment stays as it is.
func Environ(dotenv string) (map[string]string, error) {
	environ, err := readDotenv(dotenv)
	if err != nil {
		return nil, err
	}
	maps.Copy(environ, env.ToMap(os.Environ()))
	return environ, nil
}

func readDotenv(name string) (map[string]string, error) {
	if name == "" {
		return map[string]string{}, nil
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the environment: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxDotenv+1))
	if err != nil {
		return nil, fmt.Errorf("reading the environment: %w", err)
	}
	if len(text) > maxDotenv {
		return nil, fmt.Errorf("reading the environment: %s holds more than %d bytes", name, maxDotenv)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors put a byte order mark first
	vars, ok := parseDotenv(text)
	if !ok {
		return nil, fmt.Errorf("reading the environment: %s: line %d is not of the form NAME=value "+
			"(a text in UTF-8; comments begin with #, and quotes are closed)", name, malformedLine(text))
	}
	return vars, nil
}

// parseDotenv parses the text of a .env file. The library's error is dropped,
// since it holds what it could not parse, which may be a secret.
func parseDotenv(text []byte) (map[string]string, bool) {
	vars, err := godotenv.UnmarshalBytes(text)
	if err != nil {
		return nil, false
	}
	for name := range vars {
		// The library takes a line without "=" at the end of the file for the
		// value of a variable without a name, and white space in a name.
		if name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
			return nil, false
		}
	}
	return vars, true
}

// malformedLine returns the number of the line, counted from 1, at which a
// text that does not parse goes wrong: with it and with any of the lines after
// it the text does not parse, without it it does.
func malformedLine(text []byte) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	for n := len(lines) - 1; n > 0; n-- {
		if _, ok := parseDotenv(bytes.Join(lines[:n], nil)); ok {
			return n + 1
		}
	}
	return 1
}
