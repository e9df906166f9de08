package luma_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"dreambot/luma"
)

func ExampleClient() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"id":"luma_gen_abc123","state":"queued"}`)
			return
		}
		_, _ = io.WriteString(w, `{"id":"luma_gen_abc123","state":"completed",
			"video":{"url":"https://example.com/watch","download_url":"https://example.com/fox.mp4"}}`)
	}))
	defer service.Close()

	client, err := luma.New("the-key", luma.WithBaseURL(service.URL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx := context.Background()
	g, err := client.Create(ctx, luma.Request{Prompt: "a fox runs through snow", Model: "ray-v2"})
	switch {
	case errors.Is(err, luma.ErrUncertain):
		log.Fatal("nobody knows whether it is paid for: do not send it again: ", err)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(g.ID, g.State)

	g, err = client.Get(ctx, g.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(g.State, g.Video.URL)
	// Output:
	// luma_gen_abc123 queued
	// completed https://example.com/fox.mp4
}
