# syntax=docker/dockerfile:1
# Dateline as one image; docs/containers.md says how it is built, started and kept. Everything is fetched while it is built, nothing later.
# The lock is for CPython 3.11 on Linux x86-64 (docker build --platform linux/amd64).
ARG BASE=python:3.11.14-slim-trixie

FROM ${BASE} AS build
# Where torch's CPU build is: other indexes may give one with gigabytes of CUDA under the same number.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# Extras with a lock in deploy/locks, with blanks between: "otel slack".
ARG EXTRAS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /source
RUN python -m venv /opt/dateline
ENV PATH=/opt/dateline/bin:${PATH}
# torch first and by itself: any other spelling can pull gigabytes of CUDA. What it needs is in the lock.
RUN pip install --no-deps --index-url "${TORCH_INDEX}" torch==2.13.0
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY deploy/locks ./deploy/locks
RUN set -eu; for extra in ${EXTRAS}; do pip install --require-hashes -r "deploy/locks/${extra}.lock"; done
COPY pyproject.toml README.md LICENSE ./
COPY api ./api
COPY eval ./eval
COPY index ./index
COPY rag ./rag
# setuptools is in the lock, so the wheel is made without fetching anything.
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheels . \
    && pip install --no-deps --no-index /tmp/wheels/*.whl \
    && pip check
# The embedding model as OpenVINO reads it, made once instead of at every start. Its file is its maker's only until it is made readable.
RUN DATELINE_EMBEDDER=openvino DATELINE_EMBEDDER_CACHE=/opt/dateline/embedder \
        python -c "from index.settings import IndexSettings; from index.embedder_wiring import build_embedder; build_embedder(IndexSettings())" \
    && chmod -R a+rX /opt/dateline/embedder \
    && mkdir /empty

FROM ${BASE}
# The number counts, not the name: volumes and Kubernetes' runAsNonRoot know only numbers.
RUN groupadd --gid 10001 dateline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dateline
COPY --from=build /opt/dateline /opt/dateline
COPY --from=build --chown=10001:10001 /empty /data
ENV PATH=/opt/dateline/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    DATELINE_DATA=/data \
    DATELINE_EMBEDDER_CACHE=/opt/dateline/embedder \
    DATELINE_HOST=0.0.0.0 \
    DATELINE_PORT=8000
# A dateline.toml may be mounted here; what the environment says wins over it.
WORKDIR /etc/dateline
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# No proxy: what the environment may say about proxies is for language models, not for this machine.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "-c", "import os; from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:' + os.environ['DATELINE_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["dateline"]
CMD ["serve"]
