#!/bin/sh
# Compiles the rig's C files into .build/, each only when its source is newer. Two builds at once are safe: each compiles
# under a name of its own and puts the result in place by rename.
set -eu
cd "$(dirname "$0")"
mkdir -p .build

compile() { # source, result, libraries
  source=$1 result=.build/$2
  shift 2
  if [ -e "$result" ] && [ ! "$source" -nt "$result" ]; then return; fi
  fresh=$(mktemp .build/compile.XXXXXX)
  cc -O2 -Wall -Wextra -shared -fPIC -DPIC "$source" -o "$fresh" "$@" || { rm -f "$fresh"; exit 1; }
  chmod 755 "$fresh"
  mv -f "$fresh" "$result"
}

compile virtual-card.c libasound_module_pcm_loavirtual.so -lasound -lpthread
compile virtual-microphone.c libasound_module_pcm_loamicrophone.so -lasound -lm
compile slow-fsync.c slow-fsync.so -ldl
compile slow-exec.c slow-exec.so -ldl
