#!/bin/sh
# Makes the pictures that the page offers to try things with, from the first
# frames of the stand-in's clips. Needs ffmpeg.
set -eu
cd "$(dirname "$0")"
clips=../../luma/clips

ffmpeg -hide_banner -loglevel error -y -i "$clips/sunset.mp4" -frames:v 1 -q:v 6 -fflags +bitexact boat.jpg
ffmpeg -hide_banner -loglevel error -y -i "$clips/hills.mp4" -frames:v 1 -q:v 6 -fflags +bitexact hills.jpg
ffmpeg -hide_banner -loglevel error -y -i "$clips/bloom.mp4" -frames:v 1 -fflags +bitexact \
	-vf "crop=320:320,scale=200:200,split[a][b];[a]palettegen=max_colors=48[p];[b][p]paletteuse=dither=none" flower.png
