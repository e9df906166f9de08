package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Save makes the file path, whole or not at all, and never in place of
// another: fill writes it under another name, check looks whether it is what
// it should be, and then it gets its own. It returns its size in bytes.
func Save(path string, fill func(io.Writer) error, check func(path string) error) (size int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	// For the owner alone, as the bot's own file is.
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial")
	if err != nil {
		return 0, err // it names the file
	}
	partial := file.Name()
	defer func() { err = errors.Join(err, dropped(partial)) }()
	err = fill(file)
	if err == nil {
		err = file.Sync()
	}
	info, statErr := file.Stat()
	if err = errors.Join(err, statErr, file.Close()); err != nil {
		return 0, fmt.Errorf("write %s: %w", partial, err)
	}
	if err := check(partial); err != nil {
		return 0, fmt.Errorf("what was written is not whole: %w", err)
	}
	// A link does not replace a file that was made meanwhile; where the file
	// system has none, that is looked for once more.
	if err := os.Link(partial, path); err == nil || errors.Is(err, fs.ErrExist) {
		return info.Size(), err
	}
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	if err := os.Rename(partial, path); err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// dropped removes a file that may be gone already.
func dropped(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
