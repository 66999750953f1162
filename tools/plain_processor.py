"""Run a command as on a plain processor: no AVX-512, no AVX2, nothing that NumPy looks for.

    .venv/bin/python tools/plain_processor.py .venv/bin/pytest book

Processors with other vector instructions round other last bits; this is how one plays two.
"""

import os
import subprocess
import sys

DISABLE = "NPY_DISABLE_CPU_FEATURES"
FOUND = "import numpy; print(*numpy.show_config('dicts')['SIMD Extensions'].get('found', []))"
# BLAS and the C library look for themselves. Where they have other names, they pass these over.
OTHERS = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-FMA",
}


def found(env):
    """Return the names of the vector instructions beyond its baseline that NumPy uses."""
    ask = [sys.executable, "-c", FOUND]
    return subprocess.run(ask, env=env, check=True, text=True, stdout=subprocess.PIPE).stdout


def main(command):
    here = found({name: v for name, v in os.environ.items() if name != DISABLE}).strip()
    plain = os.environ | OTHERS | {DISABLE: here}
    if left := found(plain).strip():
        sys.exit(f"NumPy still uses {left}")
    print(f"Without {here or 'what is not here anyway'}", flush=True)
    os.execvpe(command[0], command, plain)


if __name__ == "__main__":
    main(sys.argv[1:])
