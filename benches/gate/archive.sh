#!/usr/bin/env bash
# Makes three recordings of a quarter of an hour as an archive holds them: an empty corridor in which twice, for 15 s, somebody
# walks through (3 % of the time): benches/gate/archive.sh OUT
#
#   archive_1080p_h264.mp4  25 pictures a second, 4 Mbit/s capped, groups of 2 s
#   archive_720p_h264.mp4   25 pictures a second, CRF 26, groups of 2 s
#   archive_720p_hevc.mp4   12.5 pictures a second, CRF 28, groups of 4 s
#
# The corridor is put together of two pictures of a shipped sample, what happens is that sample itself. Every picture has
# sensor noise of its own and a running clock. Needs the `ffmpeg` program with libx264, libx265 and drawtext.
set -euo pipefail
out=${1:?the folder to write to}
sample=$(dirname "${BASH_SOURCE[0]}")/../../samples/corridor_walking.mp4
mkdir -p "$out"
# At its beginning only the left half of the corridor has somebody in it, at its end only the right.
[ -e "$out/empty.png" ] || ffmpeg -v error -nostdin -y -sseof -0.2 -i "$sample" -i "$sample" -filter_complex \
  "[0]crop=324:ih:0:0[left];[1]crop=iw-324:ih:324:0[right];[left][right]hstack" -frames:v 1 -update 1 "$out/empty.png"

# NAME HEIGHT FPS ENCODER-ARGUMENTS…
make() {
  local name=$1 height=$2 fps=$3 at=0 number=0 secs part
  shift 3
  [ -e "$out/$name" ] && return
  part=$(mktemp -d)
  for secs in 300 15.2 400 15.2 170; do
    local input=(-loop 1 -framerate "$fps" -i "$out/empty.png")
    [ "$secs" = 15.2 ] && input=(-i "$sample")
    ffmpeg -v error -nostdin -y "${input[@]}" -t "$secs" -vf "fps=$fps,format=yuv420p,setsar=1,scale=-2:$height,
      noise=alls=4:allf=t:all_seed=$number,
      drawtext=text='%{pts\\:hms\\:$at}':x=20:y=$height-60:fontsize=36:fontcolor=white" -an "$@" "$part/$number.mp4"
    echo "file $number.mp4" >>"$part/list"
    at=$(awk "BEGIN { print $at + $secs }") number=$((number + 1))
  done
  ffmpeg -v error -nostdin -y -f concat -i "$part/list" -c copy "$out/unfinished.mp4"
  mv "$out/unfinished.mp4" "$out/$name"
  rm -r "$part"
  ls -l "$out/$name"
}
x264=(-c:v libx264 -preset veryfast -bf 0 -sc_threshold 0 -keyint_min 50 -g 50 -threads 1)
make archive_720p_h264.mp4 720 25 "${x264[@]}" -crf 26
make archive_1080p_h264.mp4 1080 25 "${x264[@]}" -b:v 4M -maxrate 4M -bufsize 4M
make archive_720p_hevc.mp4 720 12.5 -c:v libx265 -preset veryfast -crf 28 \
  -x265-params "log-level=error:pools=1:bframes=2:keyint=50:min-keyint=50:scenecut=0"
