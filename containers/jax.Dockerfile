# A runner's container for JAX: CUDA comes with the wheels, the host needs NVIDIA's driver and container toolkit.
# Build at the root of the repository: docker build -f containers/jax.Dockerfile -t d2l-jax .
# Try it: docker run --rm --gpus all d2l-jax
FROM debian:12-slim

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates git make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /book
COPY Makefile pyproject.toml README.md ./
COPY locks locks
COPY scripts scripts
COPY d2lbook d2lbook
RUN make .venv/stamp && .venv/bin/d2lbook env make jax --device cuda
COPY . .
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
CMD [".envs/jax/bin/python", "scripts/tools/smoke.py", "jax"]
