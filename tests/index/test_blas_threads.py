"""Small matrix products stay on the core of the thread that asks for them."""

import json
import os
import subprocess
import sys

PROGRAM = """
import json
import faiss, numpy
from threadpoolctl import threadpool_info
from index.blas_threads import one_core_for_each_product
def threads():
    return {library["prefix"]: library["num_threads"] for library in threadpool_info()}
before = threads()
one_core_for_each_product()
print(json.dumps([before, threads()]))
"""


def test_only_numpy_is_kept_on_one_core() -> None:
    """From then on, for good; what FAISS brings keeps its threads."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    before, after = json.loads(done.stdout)
    assert before["libscipy_openblas"] == 2, "else this shows nothing: numpy's wheels bring another library now"
    assert after == before | {"libscipy_openblas": 1}
