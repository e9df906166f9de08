package rest

import (
	"encoding/json"
	"testing"
)

func TestAFileIsFoundAmongAttachmentsOrComponents(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		want    Attachment
		ok      bool
	}{
		"attachment": {`{"attachments":[{"id":"1","filename":"other.mp4"},{"id":"2","filename":"v.mp4","size":9}]}`,
			Attachment{ID: "2", Filename: "v.mp4", Size: 9}, true},
		"gallery": {`{"attachments":[],"components":[{"type":17,"components":[{"type":10,"content":"x"},{"type":12,"items":[
			{"media":{"url":"https://cdn.example/a/1/w.mp4?ex=1","attachment_id":"7"}},
			{"media":{"url":"https://cdn.example/a/1/v.mp4?ex=1","attachment_id":"8"}}]}]}]}`,
			Attachment{ID: "8", Filename: "v.mp4"}, true},
		"thumbnail": {`{"components":[{"type":9,"components":[{"type":10}],"accessory":{"type":11,"media":{"url":"https://c/v.mp4","attachment_id":"5"}}}]}`,
			Attachment{ID: "5", Filename: "v.mp4"}, true},
		"a link":  {`{"components":[{"type":12,"items":[{"media":{"url":"https://luma.example/v.mp4"}}]}]}`, Attachment{Filename: "v.mp4"}, false},
		"nothing": {`{}`, Attachment{Filename: "v.mp4"}, false},
	} {
		var m Message
		if err := json.Unmarshal([]byte(c.message), &m); err != nil {
			t.Fatal(err)
		}
		if got, ok := m.File("v.mp4"); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, ok, c.want, c.ok)
		}
	}
}
