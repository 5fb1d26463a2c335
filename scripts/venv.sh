#!/bin/sh
# Makes .venv and installs the given requirement files, every version pinned by requirements.lock.
# uv where it is present or can be installed (seconds), else pip (a minute or two). Bytecode is compiled here, once:
# without it each kernel start costs a second more wherever PYTHONDONTWRITEBYTECODE is set.
set -eu
cd "$(dirname "$0")/.."

python=
for candidate in "${PYTHON:-python3}" python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed and was not found. Install it, or name it: make demo PYTHON=/path/to/python3" >&2
    exit 1
fi

files=
for file in "$@"; do files="$files -r $file"; done

uv=$(command -v uv || true)
if [ ! -x .venv/bin/python ]; then
    echo "Making .venv with $("$python" --version) ..."
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --python "$python" .venv
    elif ! "$python" -m venv .venv; then
        echo "$python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi
if [ -z "$uv" ]; then
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 2>/dev/null || true
    [ -x .venv/bin/uv ] && uv=.venv/bin/uv
fi

echo "Installing the pinned packages ..."
# shellcheck disable=SC2086  # the list of files is meant to be split
if [ -n "$uv" ] && "$uv" pip install --quiet --compile-bytecode -p .venv/bin/python -c requirements.lock $files; then
    :
else
    [ -z "$uv" ] || echo "uv could not install them; pip does it, which takes a minute longer ..."
    [ -x .venv/bin/pip ] || .venv/bin/python -m ensurepip --upgrade >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -c requirements.lock $files
    .venv/bin/python -m compileall -q -j 2 .venv/lib >/dev/null || true
fi

# Notebooks run with their own folder as the current one: this line lets their kernels import the repository's packages.
pwd > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/this-repository.pth"
.venv/bin/python -m compileall -q toolkit sandbox >/dev/null 2>&1 || true
