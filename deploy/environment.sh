#!/bin/sh
# Make the environment in .venv from a lock file: deploy/environment.sh LOCK_FILE
# PYTHON names the interpreter to use; without it the first one that is new enough is taken.
set -eu

lock=$1
oldest='3, 11'

is_new_enough() {
    "$1" -c "import sys; sys.exit(sys.version_info < ($oldest))" 2>/dev/null
}

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if is_new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$("${PYTHON:-python3}" --version 2>&1) || found='no Python'
    echo "Segue needs Python 3.11 or newer and found $found: install one, or name it with PYTHON=..." >&2
    exit 1
fi

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    package=$(basename "$python")-venv
    echo "Python's venv module is missing: run \`sudo apt-get install $package\`." >&2
    exit 1
fi

# An environment whose interpreter went away, or that was moved here, is made anew.
if ! .venv/bin/pip --version >/dev/null 2>&1; then
    echo "Making the environment in .venv ..."
    "$python" -m venv --clear .venv
fi

echo "Installing the packages of $lock ..."
# uv installs in seconds what takes pip minutes; pip knows how to reach private package indexes.
awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' "$lock" >.venv/uv.lock
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock
if ! .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirement "$lock"; then
    echo "Trying again with pip ..."
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement "$lock"
fi
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
