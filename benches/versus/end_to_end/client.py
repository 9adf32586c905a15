"""Receives events with pysher and prints the cost; see src/bin/end_to_end.rs.

python client.py PORT COUNT
"""

import json
import os
import sys
import threading
import time

import pysher

port, count = map(int, sys.argv[1:])
left, ids, started = count, 0, 0
finished = threading.Event()


def subscribed(_):
    global started
    print("ready", flush=True)
    started = time.process_time_ns()


def price(text):
    global left, ids
    ids += json.loads(text)["id"]
    left -= 1
    if left == 0:
        print("done", time.process_time_ns() - started, ids, count, flush=True)
        finished.set()


def connected(_):
    channel = pusher.subscribe("market")
    channel.bind("pusher_internal:subscription_succeeded", subscribed)
    channel.bind("price", price)


pusher = pysher.Pusher("app-key", secure=False, custom_host="127.0.0.1", port=port)
pusher.connection.bind("pusher:connection_established", connected)
pusher.connect()
finished.wait()
os._exit(0)
