#!/bin/sh
# Takes the pictures of the report that the documentation shows, of a run of the example model:
# docs_pictures.sh WEIR PAGE_FOLDER OUTPUT_FOLDER
set -eu
weir=$1 page=$2 output=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$weir" profile examples/digits/digits.keras --input examples/digits/images.npy --steps 20000 \
  -o "$work/run.weirprof" >/dev/null
"$weir" report "$work/run.weirprof" -o "$work/report.html"
"$weir" report "$work/run.weirprof" -o "$output/timeline.svg"
cd "$page"
npm run --silent screenshots -- "$work/report.html" "$output"
