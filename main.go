// Command dreambot is a Discord bot that turns prompts and pictures into
// videos with Luma Dream Machine.
package main

func main() {}
