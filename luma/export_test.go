package luma

import (
	"context"
	"time"
)

// WithWait replaces the waiting between the attempts of a Get.
func WithWait(wait func(context.Context, time.Duration) error) Option {
	return func(c *Client) error {
		c.wait = wait
		return nil
	}
}
