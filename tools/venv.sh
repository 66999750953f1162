#!/bin/sh
# Make the virtual environment FOLDER with PYTHON, unless it is there and works:  venv.sh FOLDER PYTHON
# It does not once its Python is gone, upgraded or too old, or once its folder was renamed or
# copied, because every program in it names the folder.  Then it is made again.
set -eu
folder=$1 python=$2

stop() { printf '%s\n' "$@" >&2; exit 1; }

works() {
    "$folder/bin/python" -I -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' &&
        grep -qF "$(pwd -P)/$folder/bin/python" "$folder/bin/pip"
} 2>/dev/null

if works; then exit; fi
[ -w . ] || stop "There is no $folder that works here, and none can be made: this folder is read-only."
"$python" -c '' 2>/dev/null ||
    stop "$python does not run here.  Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$python is $("$python" --version 2>&1); the book needs 3.11 or newer.  Name one: make PYTHON=python3.12"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    stop "$python cannot make virtual environments.  On Debian or Ubuntu: sudo apt install python3-venv"
if [ -e "$folder" ]; then
    echo "$folder does not work here: it comes from another folder or another Python.  Making it again ..."
fi
"$python" -m venv --clear "$folder"
