"""The room of the adapters: nothing is loaded before it is named."""

import subprocess
import sys


def test_the_room_loads_no_trainer():
    program = "import sys, pkpo.trainers; print({'torch', 'trl', 'verl'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "set()\n"
