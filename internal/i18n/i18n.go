// Package i18n holds every sentence that a person reads in Discord, in English
// and Chinese, and finds the one for a Discord locale.
//
// The catalogs are the folders en-US and zh-CN beside this file, a file for each
// part of the product: flat objects from key to sentence. A key stands in the file
// of the same name in each language, once. {{.Name}} in a sentence is filled in
// from Args.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed en-US/*.json zh-CN/*.json
var files embed.FS

// Locales are the Discord locales that there is a catalog for; the first is
// used where none fits.
// Source: discord-api-docs, reference#locales.
func Locales() []string { return []string{"en-US", "zh-CN"} }

// Args fills in the names of a sentence.
type Args map[string]any

// Catalog is all sentences in all languages.
type Catalog struct {
	bundle   *i18n.Bundle
	printers map[string]Printer
	keys     map[string][]string // by locale
}

// Load reads the embedded catalogs.
func Load() (*Catalog, error) {
	return load(func(sentence string) string { return sentence })
}

// load reads them, and has each sentence written by write.
func load(write func(sentence string) string) (*Catalog, error) {
	c := &Catalog{bundle: i18n.NewBundle(language.AmericanEnglish),
		printers: map[string]Printer{}, keys: map[string][]string{}}
	for _, locale := range Locales() {
		tag, err := language.Parse(locale)
		if err != nil {
			return nil, fmt.Errorf("catalog %q: %w", locale, err)
		}
		sentences, err := read(locale)
		if err != nil {
			return nil, err
		}
		c.keys[locale] = slices.Sorted(maps.Keys(sentences))
		for key, sentence := range sentences {
			if err := c.bundle.AddMessages(tag, &i18n.Message{ID: key, Other: write(sentence)}); err != nil {
				return nil, fmt.Errorf("catalog %q, key %q: %w", locale, key, err)
			}
		}
		c.printers[locale] = Printer{locale, i18n.NewLocalizer(c.bundle, locale)}
	}
	return c, nil
}

// read returns the sentences of a locale by their keys.
func read(locale string) (map[string]string, error) {
	entries, err := files.ReadDir(locale)
	if err != nil {
		return nil, fmt.Errorf("read catalog %q: %w", locale, err)
	}
	all := map[string]string{}
	for _, e := range entries {
		name := locale + "/" + e.Name()
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read catalog %q: %w", name, err)
		}
		var sentences map[string]string
		if err := json.Unmarshal(text, &sentences); err != nil {
			return nil, fmt.Errorf("decode catalog %q: %w", name, err)
		}
		for key, sentence := range sentences {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("catalog %q: %q stands in another file, too", name, key)
			}
			all[key] = sentence
		}
	}
	return all, nil
}

// Keys returns the keys of a locale's catalog, sorted.
func (c *Catalog) Keys(locale string) []string { return slices.Clone(c.keys[locale]) }

// For returns the printer for a Discord locale: its own, or the one of the
// same language, or English.
func (c *Catalog) For(locale string) Printer {
	if p, ok := c.printers[locale]; ok {
		return p
	}
	tags := make([]language.Tag, 0, len(Locales()))
	for _, l := range Locales() {
		tags = append(tags, language.Make(l))
	}
	// An empty or unknown locale matches the first, with no confidence.
	_, i := language.MatchStrings(language.NewMatcher(tags), locale)
	return c.printers[Locales()[i]]
}

// Localizations returns the sentence of every locale but the first, for the
// name_localizations and description_localizations of commands.
func (c *Catalog) Localizations(key string, args ...Args) map[string]string {
	out := map[string]string{}
	for _, locale := range Locales()[1:] {
		out[locale] = c.printers[locale].Say(key, args...)
	}
	return out
}

// Printer says sentences in one language.
type Printer struct {
	locale    string
	localizer *i18n.Localizer
}

// Locale returns the Discord locale of the language.
func (p Printer) Locale() string { return p.locale }

// Say returns the sentence of a key, its names filled in from args. A key that
// is in no catalog comes back as it is: a mistake of the program's that a
// person can still quote.
func (p Printer) Say(key string, args ...Args) string {
	config := i18n.LocalizeConfig{MessageID: key}
	if len(args) > 0 {
		config.TemplateData = map[string]any(args[0])
	}
	sentence, err := p.localizer.Localize(&config)
	if err != nil {
		return key
	}
	return sentence
}
