# A runner's container for MXNet: on the CPU, since MXNet 1.9.1, the last release, has wheels for no CUDA of today.
# Build at the root of the repository: docker build -f containers/mxnet.Dockerfile -t d2l-mxnet .
# Try it: docker run --rm d2l-mxnet
FROM debian:12-slim

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates git libgomp1 make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /book
COPY Makefile pyproject.toml README.md ./
COPY locks locks
COPY scripts scripts
COPY d2lbook d2lbook
RUN make .venv/stamp && .venv/bin/d2lbook env make mxnet
COPY . .
CMD [".envs/mxnet/bin/python", "scripts/tools/smoke.py", "mxnet"]
