# One image for the API, the indexer and every other `segue` command.

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/segue
COPY requirements.lock ./
RUN /opt/segue/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY index index
COPY service service
COPY frontend frontend
RUN /opt/segue/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/segue segue \
    && install --directory --owner segue --group segue /var/lib/segue /var/cache/segue
COPY --from=build /opt/segue /opt/segue
# Numerical libraries stay at one thread each: the serving processes are the parallelism.
ENV PATH=/opt/segue/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/cache/segue \
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 \
    SEGUE_DATA_DIR=/var/lib/segue
USER segue
# Compiles the kernels once, so that no container does it at its start.
RUN python -c "import index.kernels"
VOLUME /var/lib/segue
EXPOSE 8000
CMD ["segue", "serve"]
