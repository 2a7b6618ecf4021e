#!/usr/bin/env bash
# Films of many songs on RunPod: the start command of a pod, or of each node of an Instant Cluster.
#
# On a network volume, mounted at /workspace, lie this file, one wheel of songreel, and `songs/`.
# Container start command:
#   bash /workspace/start.sh --visuals local:mochi
# Environment of the template; URL and key are secrets of the account, never text in the template:
#   SONGREEL_DATABASE={{ RUNPOD_SECRET_songreel_database }}
#   RAY_AUTH_TOKEN={{ RUNPOD_SECRET_ray_token }}
# A single pod needs neither: its history is kept in /workspace/songreel.
set -euo pipefail

volume=${SONGREEL_VOLUME:-/workspace}
port=6379
# Instant Clusters name the nodes; a pod by itself is the first and only one.
rank=${NODE_RANK:-0}
if [ "${NUM_NODES:-1}" -gt 1 ]; then
    : "${SONGREEL_DATABASE:?several nodes share one database: set SONGREEL_DATABASE to its secret}"
    : "${RAY_AUTH_TOKEN:?several nodes share one key (64 random hexadecimal digits)}"
fi
# Whoever reaches Ray's ports runs what he likes on the pods: the key keeps others out.
RAY_AUTH_TOKEN=${RAY_AUTH_TOKEN:-$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')}
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN
export SONGREEL_WORKSPACE="$volume/songreel" HF_HOME="$volume/weights" RAY_USAGE_STATS_ENABLED=0

wheel=$(find "$volume" -maxdepth 1 -name 'songreel-*.whl' | sort | tail -n 1)
: "${wheel:?no wheel of songreel in $volume}"
python3 -m venv --system-site-packages /opt/songreel # the image's own PyTorch is used
/opt/songreel/bin/pip install --quiet "${wheel}[local,ray,postgres]"
PATH="/opt/songreel/bin:$PATH"

if [ "$rank" -ne 0 ]; then
    # Until the first node is there, and again when it was started anew.
    while true; do
        ray start --address "$PRIMARY_ADDR:$port" --node-ip-address "$NODE_ADDR" --block || true
        sleep 5
    done
fi

ray start --head --port "$port" --node-ip-address "${NODE_ADDR:-127.0.0.1}" \
    --include-dashboard false
status=0
songreel batch "$volume/songs" --out "$volume/films" --engine ray \
    --address "${NODE_ADDR:-127.0.0.1}:$port" "$@" || status=$?
ray stop
echo "songreel: ended with status $status; films are in $volume/films; stop the pod, it costs on"
# A start command that ends is started again.
if [ -n "${RUNPOD_POD_ID:-}" ]; then
    sleep infinity
fi
exit "$status"
