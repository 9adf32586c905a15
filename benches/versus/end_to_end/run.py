"""Measures the CPU time per event of four clients that receive the same events from a real server, one after the other.

run.py END_TO_END_PROGRAM COUNT ROUNDS [CLIENT...]

Starts soketi on a free port of 127.0.0.1. In each round, starts each client and publishes COUNT events of 200 bytes to it over
the HTTP API. A client may take at most two minutes, because soketi then closes connections that only receive. Each client
prints its CPU time (user and system) from the confirmed subscription to the last event. SOKETI_DIR, PUSHER_JS_DIR and
PYSHER_PYTHON are the paths of the installations; clients that are not installed are left out. Prints a line for each client,
separated by tabs: the minimum and median of the rounds in nanoseconds per event.
"""

import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
KEY, SECRET, APP = "app-key", b"app-secret", "app-id"
SIZE = 200
BATCH = 10
TIMEOUT = 110  # seconds for one client


def main():
    program, count, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    chosen = sys.argv[4:]
    clients = {
        "pusher-proto": [program, "pusher-proto"],
        "tungstenite + serde_json": [program, "tungstenite"],
    }
    if os.environ.get("PUSHER_JS_DIR"):
        clients["pusher-js"] = ["node", str(HERE / "client.js")]
    if os.environ.get("PYSHER_PYTHON"):
        clients["pysher"] = [os.environ["PYSHER_PYTHON"], str(HERE / "client.py")]
    if chosen:
        clients = {name: command for name, command in clients.items() if name in chosen}
    times = {name: [] for name in clients}
    with Server() as server:
        for _ in range(rounds):
            for name, command in clients.items():
                print("end to end:", name, file=sys.stderr)
                times[name].append(listen(server, command, count) / count)
    for name, taken in times.items():
        least, median = f"{min(taken):.0f}", f"{statistics.median(taken):.0f}"
        print("end-to-end", "event", SIZE, name, "compared", "", "time", least, median, sep="\t")


class Server:
    """soketi, with the configuration that the live tests use."""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.scratch = tempfile.mkdtemp()
        config = json.loads((ROOT / "tests/peers/soketi/config.json").read_text())
        config["port"] = self.port
        file = pathlib.Path(self.scratch, "config.json")
        file.write_text(json.dumps(config))
        script = pathlib.Path(os.environ["SOKETI_DIR"], "node_modules/@soketi/soketi/bin/server.js")
        self.process = subprocess.Popen(
            ["node", str(script), "start", f"--config={file}"],
            cwd=self.scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        sys.exit("soketi does not listen")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


def listen(server, command, count):
    """Runs one client. Returns its nanoseconds for all events."""
    process = subprocess.Popen([*command, str(server.port), str(count)], stdout=subprocess.PIPE, text=True)
    watchdog = threading.Timer(TIMEOUT, process.kill)
    watchdog.start()
    try:
        if process.stdout.readline().strip() != "ready":
            sys.exit(f"{command} did not subscribe")
        publish(server.port, count)
        word, nanoseconds, ids, seen = (process.stdout.readline().split() + [""] * 4)[:4]
        if (word, seen) != ("done", str(count)) or int(ids) != count * (count - 1) // 2:
            sys.exit(f"{command} did not receive every event: {word} {ids} {seen}")
        return int(nanoseconds)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


def publish(port, count):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for first in range(0, count, BATCH):
        batch = [
            {"name": "price", "channel": "market", "data": data(number)}
            for number in range(first, min(first + BATCH, count))
        ]
        body = json.dumps({"batch": batch}).encode()
        path = f"/apps/{APP}/batch_events"
        query = "&".join([
            f"auth_key={KEY}",
            f"auth_timestamp={int(time.time())}",
            "auth_version=1.0",
            f"body_md5={hashlib.md5(body).hexdigest()}",
        ])
        signature = hmac.new(SECRET, f"POST\n{path}\n{query}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{path}?{query}&auth_signature={signature}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"soketi refuses: {answer.status} {text}")
    connection.close()


def data(number):
    """Returns a JSON document of SIZE bytes."""
    start = f'{{"id":{number},"symbol":"ETH-EUR","price":"1800.07","size":42,"note":"'
    return start + "z" * (SIZE - len(start) - 2) + '"}'


main()
