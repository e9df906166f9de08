package discord

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of modals.
// Source: discord-api-docs, components/reference.
const (
	maxModal        = 5 // components at the top
	maxTitle        = 45
	maxModalLabel   = 45
	maxModalHint    = 100 // description of a Label, placeholder of an input
	maxInput        = 4000
	maxUploadFields = 10
)

// readModal reads the data of a response that opens a modal.
func readModal(f form, m object) Modal {
	modal := Modal{
		CustomID: f.needText(m, "custom_id", 1, maxCustomID),
		Title:    f.needText(m, "title", 1, maxTitle),
	}
	if !f.need(m, "components") {
		return modal
	}
	l, _ := f.list(m, "components", 1, maxModal)
	r := newReader(nil)
	at := f.at("components")
	for i, v := range l {
		// An action row holds text inputs here, and nothing else does.
		if o, ok := v.(object); ok {
			if t, _ := whole(o["type"]); t == typeRow {
				if c, ok := r.inputRow(at.item(i), o); ok {
					modal.Components = append(modal.Components, c)
				}
				continue
			}
		}
		if c, ok := r.one(at.item(i), v, typeRow, typeText, typeLabel); ok {
			modal.Components = append(modal.Components, c)
		}
	}
	if !f.failed() {
		r.number(modal.Components)
	}
	return modal
}

// inputRow is the older way to hold a text input, whose label is then its own.
func (r *reader) inputRow(f form, m object) (Component, bool) {
	c := Component{Type: typeRow}
	r.count++
	if id, ok := f.number(m, "id", 0, 1<<31-1); ok {
		c.ID = id
		r.ids[id] = true
	}
	l, ok := r.children(f, m, 1, 1)
	if !ok {
		return c, false
	}
	c.Components = r.list(f.at("components"), l, typeTextInput)
	for i := range c.Components {
		if c.Components[i].Label == "" {
			f.at("components").item(i).at("label").bad("BASE_TYPE_REQUIRED", "This field is required")
		}
	}
	return c, true
}

func (r *reader) label(f form, m object, c *Component) {
	c.Label = f.needText(m, "label", 1, maxModalLabel)
	c.Description, _ = f.text(m, "description", 1, maxModalHint)
	if !f.need(m, "component") {
		return
	}
	inner, ok := r.one(f.at("component"), m["component"], typeTextInput, typeSelect, typeUserSelect,
		typeRoleSelect, typeMentionable, typeChannels, typeUpload)
	if !ok {
		return
	}
	if inner.Label != "" {
		f.at("component", "label").bad("TEXT_INPUT_LABEL_NOT_ALLOWED", "The label is the Label component's")
	}
	if inner.Disabled {
		f.at("component", "disabled").bad("SELECT_COMPONENT_DISABLED_IN_MODAL", "A select menu in a modal cannot be disabled")
	}
	c.Component = &inner
}

func (r *reader) textInput(f form, m object, c *Component) {
	c.CustomID = r.customID(f, m)
	if f.need(m, "style") {
		c.Style, _ = f.choice(m, "style", 1, 2)
	}
	c.Label, _ = f.text(m, "label", 1, maxModalLabel)
	c.Placeholder, _ = f.text(m, "placeholder", 0, maxModalHint)
	c.Value, _ = f.text(m, "value", 0, maxInput)
	c.MinLength, _ = f.number(m, "min_length", 0, maxInput)
	c.MaxLength, _ = f.number(m, "max_length", 1, maxInput)
	if on, ok := f.flag(m, "required"); ok {
		c.Required = &on
	}
	if c.MaxLength != 0 && c.MinLength > c.MaxLength {
		f.at("min_length").bad("TEXT_INPUT_MIN_LENGTH_TOO_LARGE", "min_length must not be more than max_length")
	}
	if n := utf8.RuneCountInString(c.Value); n > 0 && (n < c.MinLength || c.MaxLength != 0 && n > c.MaxLength) {
		f.at("value").bad("TEXT_INPUT_VALUE_LENGTH", "The value is not within min_length and max_length")
	}
}

func (r *reader) upload(f form, m object, c *Component) {
	c.CustomID = r.customID(f, m)
	if on, ok := f.flag(m, "required"); ok {
		c.Required = &on
	}
	r.counts(f, m, c, maxUploadFields)
}

// required says whether a field of a modal must be filled in; that is so
// unless the bot said otherwise.
func (c Component) required() bool { return c.Required == nil || *c.Required }

// inputs returns the fields of a modal.
func (m *Modal) inputs() []Component {
	var out []Component
	for _, c := range m.Components {
		switch {
		case c.Component != nil:
			out = append(out, *c.Component)
		case c.Type == typeRow:
			out = append(out, c.Components...)
		}
	}
	return out
}

// InputIDs returns the custom ids of the modal's fields, from top to bottom.
func (m *Modal) InputIDs() []string {
	ids := []string{}
	for _, c := range m.inputs() {
		ids = append(ids, c.CustomID)
	}
	return ids
}

// fill checks a field's value as Discord's client does, and returns the part
// that the submit's payload has of it.
func fill(c Component, value string, uploads func(id string) bool) (object, error) {
	o := object{"type": c.Type, "id": c.ID, "custom_id": c.CustomID}
	if c.Type == typeTextInput {
		n := utf8.RuneCountInString(value)
		most := c.MaxLength
		if most == 0 {
			most = maxInput
		}
		if n == 0 && c.required() {
			return nil, invalid("the field %q is required", c.CustomID)
		}
		if n > most || n > 0 && n < c.MinLength {
			return nil, invalid("the field %q takes %d to %d characters, not %d", c.CustomID, c.MinLength, most, n)
		}
		o["value"] = value
		return o, nil
	}
	values := []string{}
	if value != "" {
		values = strings.Split(value, "\n")
	}
	if err := c.accepts(values, uploads); err != nil {
		return nil, err
	}
	o["values"] = values
	return o, nil
}

// accepts checks the values that a person chose in a select menu, or the
// files that they gave.
func (c Component) accepts(values []string, known func(id string) bool) error {
	least, most := c.range_()
	if len(values) == 0 && !c.required() {
		return nil
	}
	if len(values) < least || len(values) > most || len(values) == 0 && c.required() && least > 0 {
		return invalid("%q takes %d to %d values, not %d", c.CustomID, least, most, len(values))
	}
	for i, v := range values {
		ok := known(v)
		if c.Type == typeSelect {
			ok = slices.ContainsFunc(c.Options, func(o SelectItem) bool { return o.Value == v })
		}
		if !ok || slices.Contains(values[:i], v) {
			return invalid("%q does not offer %q", c.CustomID, v)
		}
	}
	return nil
}
