#!/bin/sh
# Makes the clips that the stand-in serves as finished videos, out of nothing
# but formulas: six dreams of four seconds, and for each the four seconds that
# follow, which an extension serves; as JPEGs the last frame of each, from which a
# film goes on, and the first one of each dream, to which a film leads. Needs ffmpeg
# with libx264.
#
#   ./make.sh          all clips, into the folder of this script (some minutes)
#   ./make.sh sunset   one dream and its continuation
#
# Each dream is a geq filter (red, green and blue of a pixel from its place and
# the time), drawn at 320x180 and scaled up, or at full size where it has sharp
# edges. In the formulas, s is the time in
# seconds, u and v are the place from 0 to 1, x and y the same with the origin
# in the middle and square pixels. ffmpeg's expressions have ten variables,
# st(n, value) and ld(n), which each formula names in its first lines.
set -eu
cd "$(dirname "$0")"

seconds=4
u='(X/W)' v='(Y/H)' x='((X/W-0.5)*1.7778)' y='(Y/H-0.5)'

# draw NAME CRF SHARED RED GREEN BLUE writes NAME.mp4, NAME-on.mp4 and their frames. SHARED
# is put before each colour's formula; @s stands for the time.
draw() {
	for part in "" -on; do
		case $part in
		"") s=T ;;
		*) s="(T+$seconds)" ;;
		esac
		graph=$(printf "geq=r='%sclip(%s,0,255)':g='%sclip(%s,0,255)':b='%sclip(%s,0,255)',scale=640:360:flags=bicubic,gradfun=1.2:16,format=yuv420p" \
			"$3" "$4" "$3" "$5" "$3" "$6" | sed "s/@s/$s/g" | tr -d '\n\t ')
		ffmpeg -hide_banner -loglevel error -y \
			-f lavfi -i "color=black:size=${size:-320x180}:rate=24:duration=$seconds,format=gbrp" -vf "$graph" \
			-an -c:v libx264 -profile:v main -preset veryslow -tune animation -crf "$2" \
			-pix_fmt yuv420p -movflags +faststart -fflags +bitexact -flags:v +bitexact -map_metadata -1 \
			-f mp4 "$1$part.part"
		mv "$1$part.part" "$1$part.mp4" # a build never sees half a clip
		ffmpeg -hide_banner -loglevel error -y -i "$1$part.mp4" -vf "select=eq(n\,24*$seconds-1)" -frames:v 1 \
			-q:v 2 -fflags +bitexact -flags:v +bitexact -map_metadata -1 -f mjpeg "$1$part.part"
		mv "$1$part.part" "$1$part.jpg"
	done
	ffmpeg -hide_banner -loglevel error -y -i "$1.mp4" -frames:v 1 \
		-q:v 4 -fflags +bitexact -flags:v +bitexact -map_metadata -1 -f mjpeg "$1-first.part"
	mv "$1-first.part" "$1-first.jpg"
}

# A paper boat sails into a painted sunset. 0: height of the sun, 1: distance
# from it, 2: how far down the sky, 3: how far down the sea (below 0: sky),
# 4: clouds, 5: waves, 6 and 7: place in the boat, 8: glow, 9: the boat's shade.
sunset() {
	size=640x360 draw sunset 29 "
		st(0, 0.43+0.006*@s); st(1, hypot($x, $v-ld(0)));
		st(2, clip($v/0.6,0,1)); st(3, ($v-0.6)/0.4);
		st(4, pow(clip(sin($u*7+1.1*sin($v*21+@s*0.12)+@s*0.1)*sin($v*38-$u*3.2+sin($u*9)),0,1),1.5)*(1-abs(2*ld(2)-1)));
		st(5, sin(9/(max(ld(3),0)+0.14)+@s*1.7+1.8*sin($u*7/(max(ld(3),0)+0.3)+@s*0.6)));
		st(8, exp(-ld(1)*ld(1)*11));
		st(6, ($u-0.25-0.026*@s)*1.7778/0.125); st(7, ($v-0.735-0.008*sin(@s*1.7))/0.125);
		st(6, ld(6)-0.07*sin(@s*1.3)*ld(7)); st(7, ld(7)+0.07*sin(@s*1.3)*ld(6));
		st(9, max(
			0.8*clip(14*(0.45-ld(7)),0,1)*clip(14*(ld(7)+0.02+0.07*abs(ld(6))),0,1)*clip(14*(1.22-1.15*(ld(7)+0.05)-abs(ld(6))),0,1),
			clip(14*(0.14-ld(7)),0,1)*clip(14*(0.66*(ld(7)+0.85)-abs(ld(6))),0,1)*(0.97-0.14*gt(ld(6),0.02))));
		st(1, clip((0.082-ld(1))*90,0,1)*lt(ld(3),0));
		st(0, exp(-pow($x/(0.09+0.3*max(ld(3),0)),2))*clip(ld(5)*1.2,0,1)*(1-0.35*max(ld(3),0)));
		" \
		"if(gt(ld(9),0.45),255*ld(9),
			if(lt(ld(3),0), 46+190*pow(ld(2),1.1)+90*ld(8)+60*ld(4)+255*ld(1), 150-112*ld(3)+12*ld(5)+200*ld(0)))" \
		"if(gt(ld(9),0.45),238*ld(9),
			if(lt(ld(3),0), 24+108*pow(ld(2),2.2)+95*ld(8)+22*ld(4)+150*ld(1), 74-44*ld(3)+9*ld(5)+130*ld(0)))" \
		"if(gt(ld(9),0.45),226*ld(9)+10,
			if(lt(ld(3),0), 92+62*sin(ld(2)*2.5)-20*ld(2)+12*ld(8)+34*ld(4)+60*ld(1), 116-46*ld(3)+12*ld(5)+40*ld(0)))"
}

# Northern lights over mountains. 0, 1: edges of two curtains, 2, 3: height
# above them, 4, 5: their light, 6: mountains, 7: stars.
aurora() {
	draw aurora 30 "
		st(0, 0.5+0.10*sin($u*4.2+@s*0.45)+0.035*sin($u*11-@s*0.7)); st(1, 0.4+0.09*sin($u*3.1-@s*0.35+2)+0.03*sin($u*13+@s*0.6));
		st(2, ld(0)-$v); st(3, ld(1)-$v);
		st(4, if(gt(ld(2),0),exp(-ld(2)*5.5),exp(ld(2)*34))*(0.62+0.38*sin($u*34+5*sin($u*5+@s*0.4)+@s*0.8)));
		st(5, if(gt(ld(3),0),exp(-ld(3)*6),exp(ld(3)*34))*(0.6+0.4*sin($u*27-4*sin($u*6-@s*0.3)-@s*0.7)));
		st(6, clip(($v-0.8-0.055*sin($u*6.5+1)-0.03*sin($u*15+0.6)-0.012*sin($u*43))*160,0,1));
		st(8, sin(floor(X/2)*12.9898+floor(Y/2)*78.233)*43758.5453); st(7, gt(ld(8)-floor(ld(8)),0.9965)*lt($v,0.72));
		" \
		"(1-ld(6))*(10+14*$v+150*ld(7)+55*ld(4)+125*ld(5)*clip(ld(3)*5,0.15,1)+70*ld(4)*clip(ld(2)*3.2,0,1))+ld(6)*9" \
		"(1-ld(6))*(14+34*$v+150*ld(7)+225*ld(4)*(1-0.65*clip(ld(2)*3,0,1))+130*ld(5)*(1-0.6*clip(ld(3)*4,0,1)))+ld(6)*15" \
		"(1-ld(6))*(40+44*$v+165*ld(7)+120*ld(4)+155*ld(5))+ld(6)*30"
}

# Hills drift by under a great pale moon, the near ones faster. 0: the layer's
# number, 1: mist in the layer, 2: distance from the moon.
hills() {
	layers='st(0,0); st(1,0);'
	n=1
	for layer in "0.50 0.050 5 0.02" "0.58 0.055 6 0.045" "0.68 0.060 5 0.08" "0.79 0.065 4 0.13" "0.90 0.060 3.4 0.2"; do
		# shellcheck disable=SC2086 # the four numbers are four words
		set -- $layer
		ridge="($1+$2*sin(($u+$4*@s)*$3+$n*1.9)+$2*0.4*sin(($u+$4*@s)*$3*2.7+$n)+0.006*sin(($u+$4*@s)*$3*9))"
		layers="$layers if(gt($v,$ridge), st(0,$n)*0+st(1,clip(($v-$ridge)*3.4,0,1)));"
		n=$((n + 1))
	done
	size=640x360 draw hills 28 "$layers st(2, hypot($x-0.34+0.006*@s, $v-0.27));
		st(3, clip((0.125-ld(2))*110,0,1)); st(4, exp(-ld(2)*ld(2)*9)); st(5, 0.12*sin($x*11+3*sin($y*13))+0.08*sin($y*25+$x*9));" \
		"if(ld(0), 222-36*ld(0)+30*ld(1)*(1-ld(0)/7), 128+150*$v+44*ld(4)+ld(3)*(70+60*ld(5)))" \
		"if(ld(0), 152-26*ld(0)+34*ld(1)*(1-ld(0)/7), 104+112*$v+46*ld(4)+ld(3)*(80+60*ld(5)))" \
		"if(ld(0), 190-22*ld(0)+34*ld(1)*(1-ld(0)/7), 178+22*$v+40*ld(4)+ld(3)*(30+60*ld(5)))"
}

# Clouds of colour fold into one another. 0, 1: the place, warped; 2: height of
# the cloud, 3: its folds.
nebula() {
	draw nebula 29 "
		st(0, $x+0.28*sin($y*5+@s*0.42)+0.13*sin($y*9-@s*0.31+$x*4)); st(1, $y+0.24*sin($x*4.4-@s*0.36)+0.12*sin($x*8+@s*0.4+$y*5));
		st(2, sin(ld(0)*4.2+@s*0.3)+sin(ld(1)*5.1-@s*0.26)+sin((ld(0)+ld(1))*3.3+2*sin(hypot(ld(0),ld(1))*4-@s*0.5)));
		st(3, pow(0.5+0.5*sin(ld(2)*2.6+ld(0)*3),2));
		" \
		"26+92*(0.5+0.5*sin(ld(2)*1.1+0.4))+128*ld(3)*(0.5+0.5*sin(ld(1)*4+1.2))" \
		"16+58*(0.5+0.5*sin(ld(2)*1.2+2.6))+92*ld(3)*(0.5+0.5*sin(ld(0)*3-0.6+@s*0.2))" \
		"70+96*(0.5+0.5*sin(ld(2)*0.9+4.4))+78*ld(3)"
}

# A flower of light opens and turns. 0: angle, 1: distance from the middle,
# 2: petals, 3: rings, 4: glow, 5: fade towards the edge.
bloom() {
	draw bloom 30 "
		st(1, hypot($x,$y)*(1-0.03*sin(@s*0.9))); st(0, atan2($y,$x)+0.11*@s+0.5*sin(ld(1)*4-@s*0.5));
		st(2, 0.5+0.5*sin(8*ld(0)+2.6*sin(ld(1)*9-@s*0.9))); st(3, 0.5+0.5*sin(ld(1)*22-@s*1.5+1.4*sin(ld(0)*8)));
		st(4, exp(-ld(1)*ld(1)*16)); st(5, exp(-pow(ld(1)*1.5,4)));
		" \
		"24+ld(5)*(60+150*ld(2)*(0.4+0.6*ld(3)))+130*ld(4)" \
		"16+ld(5)*(24+70*ld(3)*(1-0.5*ld(2))+50*ld(2)*ld(3))+140*ld(4)" \
		"52+ld(5)*(70+60*ld(3)+70*(1-ld(2)))+60*ld(4)"
}

# Paper lanterns rise over still water at dusk. 0: light of the lanterns,
# 1: their hearts, 2: below the shore line everything is mirrored and dim.
lanterns() {
	sum='st(0,0); st(1,0);'
	for lantern in "0.12 0.9 0.050 0.035" "0.23 0.30 0.028 0.022" "0.33 0.62 0.040 0.030" "0.41 0.15 0.022 0.018" \
		"0.50 0.80 0.055 0.040" "0.58 0.42 0.030 0.024" "0.66 0.10 0.024 0.018" "0.73 0.68 0.044 0.034" \
		"0.83 0.36 0.030 0.024" "0.92 0.86 0.050 0.038"; do
		# shellcheck disable=SC2086 # the four numbers are four words
		set -- $lantern
		sum="$sum st(4, hypot(($u-$1-0.012*sin(@s*0.7+$2*20))*1.7778, (ld(3)-($2*0.86-$4*@s))*0.8)/$3);
			st(0, ld(0)+exp(-ld(4)*0.95)); st(1, ld(1)+exp(-pow(ld(4)*1.25,4)));"
	done
	draw lanterns 29 "
		st(2, gt($v,0.8)); st(3, if(ld(2), 1.6-$v+0.012*sin(70*sqrt($v-0.79)+@s*1.6+3*sin($u*14)), $v));
		$sum st(5, 1-0.5*ld(2)); st(6, clip((0.012-abs($v-0.795-0.012*sin($u*9)))*120,0,1));" \
		"(1-ld(6))*ld(5)*(34+52*ld(3)+135*ld(0)+190*ld(1))+ld(6)*14" \
		"(1-ld(6))*ld(5)*(26+30*ld(3)+70*ld(0)+130*ld(1))+ld(6)*13" \
		"(1-ld(6))*ld(5)*(74+34*ld(3)+16*ld(0)+54*ld(1))+ld(6)*30"
}

for name in ${1:-sunset aurora hills nebula bloom lanterns}; do
	$name
done
