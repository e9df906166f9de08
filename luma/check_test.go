package luma

import (
	"testing"
	"time"
)

func TestCheckRefusesWhatADialectCannotDo(t *testing.T) {
	yes := true
	plain := Capabilities{PromptMin: 3, PromptMax: 5}
	for name, c := range map[string]struct {
		create Request
		holds  bool
	}{
		"the shortest prompt": {Request{Kind: KindCreate, Prompt: "狐狐狐"}, true},
		"the longest prompt":  {Request{Kind: KindCreate, Prompt: "狐狐狐狐狐"}, true},
		"too short":           {Request{Kind: KindCreate, Prompt: "狐狐"}, false},
		"too long":            {Request{Kind: KindCreate, Prompt: "狐狐狐狐狐狐"}, false},
		"expand":              {Request{Kind: KindCreate, Prompt: "狐狐狐", ExpandPrompt: &yes}, false},
		"a model":             {Request{Kind: KindCreate, Prompt: "狐狐狐", Model: "ray-v1"}, false},
		"a resolution":        {Request{Kind: KindCreate, Prompt: "狐狐狐", Resolution: "540p"}, false},
		"a duration":          {Request{Kind: KindCreate, Prompt: "狐狐狐", Duration: 5 * time.Second}, false},
		"pictures":            {Request{Kind: KindCreate, Prompt: "狐狐狐", Image: Image{URL: "https://a"}, EndImage: Image{URL: "https://b"}}, true},
	} {
		if err := checkRequest(plain, c.create); (err == nil) != c.holds {
			t.Errorf("%s: %v, want it to hold: %v", name, err, c.holds)
		}
	}
	toward := Request{Kind: KindExtend, Source: "a", Prompt: "狐狐狐", EndImage: Image{URL: "https://b"}}
	if err := checkRequest(plain, toward); err == nil {
		t.Error("an extension toward an image holds where the dialect has none")
	}
	plain.ExtendEndImage = true
	if err := checkRequest(plain, toward); err != nil {
		t.Errorf("an extension toward an image: %v", err)
	}
}

func TestTidyKeepsWordsThatHoldNoKey(t *testing.T) {
	for value, c := range map[string]struct{ words, want string }{
		"sk-XdO3mLq9": {"the key sk-XdO3mLq9 is bad", "the key [key] is bad"},
		"sk-another1": {"the key sk-XdO3mLq9 is bad", "the key sk-XdO3mLq9 is bad"},
		"e":           {"the key is bad", "the key is bad"}, // no secret, and in every word
	} {
		if got := (key{&value}).tidy(c.words); got != c.want {
			t.Errorf("with the key %q: %q, want %q", value, got, c.want)
		}
	}
}
