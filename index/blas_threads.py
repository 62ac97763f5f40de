"""Keeps numpy's matrix products on the core of the thread that asks for them."""

from functools import cache

from threadpoolctl import ThreadpoolController

# What numpy's wheels for Linux and Windows bring; elsewhere nothing has this name, and nothing is changed.
_OPENBLAS_OF_NUMPY = "libscipy_openblas"


@cache
def one_core_for_each_product() -> None:
    """Have numpy compute each product of matrices on one core from now on, in the whole process; once is enough.

    The products of one question are small (some thousand rows). Shared out, their parts wait for each other by spinning, and when
    every core already serves a question a product of one millisecond takes ten (docs/adr/0038). FAISS, torch and OpenVINO have
    threads of their own and are not touched.
    """
    ThreadpoolController().select(prefix=_OPENBLAS_OF_NUMPY).limit(limits=1)
