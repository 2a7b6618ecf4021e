"""`python -m support.cloud [--port N]`: the server by itself, for trying things by hand."""

import argparse
import time

from support.cloud.faults import PAGE, REFUSED, answer_lost, answers, slow, truncated
from support.cloud.server import Cloud

STORM = {
    "create": [answers(429, retry_after=1), answers(503), answer_lost(), REFUSED],
    "poll": [answers(500), answers(429), slow(1.0)],
    "result": [answers(502)],
    "download": [truncated(), PAGE, answers(503)],
}


def main() -> None:
    """Serve until Ctrl-C; then print the bill."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=0)
    asked.add_argument("--running", type=float, default=3.0, help="seconds that a job takes")
    asked.add_argument("--rate", type=float, default=0.0, help="share of calls that go wrong")
    asked.add_argument("--seed", type=int, default=0, help="of what goes wrong")
    given = asked.parse_args()
    with Cloud(given.port, queued=0.5, running=given.running) as cloud:
        cloud.faults.storm(given.seed, given.rate, STORM)
        for name, value in cloud.environment().items():
            print(f"export {name}={value}", flush=True)
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            for line in cloud.bill():
                print(f"{line.usd:9.4f} USD  {line.service} {line.model} {line.id}")
            print(f"{cloud.usd():9.4f} USD in all")


if __name__ == "__main__":
    main()
