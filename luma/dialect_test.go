package luma

import "testing"

// What a dialect says that it can is what it has the calls for.
func TestADialectCanWhatItSays(t *testing.T) {
	for _, d := range dialects() {
		can := d.capabilities()
		_, list := d.(lister)
		_, balance := d.(banker)
		if can.List != list || can.Balance != balance {
			t.Errorf("%s says that it has a list: %v, a balance: %v; it has %v, %v", d.name(), can.List, can.Balance, list, balance)
		}
		if d.reading().video == nil {
			t.Errorf("%s reads no video", d.name())
		}
		if bodies[d.name()].samples == nil || bodies[d.name()].refusals == nil {
			t.Errorf("there are no samples of %s", d.name())
		}
		for code, kind := range d.reading().kinds {
			if kind == nil {
				t.Errorf("%s: the code %q means nothing", d.name(), code)
			}
		}
	}
}
