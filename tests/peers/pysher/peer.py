"""A member of a presence channel, with pysher. Prints each report as a JSON object per line.

    python peer.py PORT KEY SECRET PRESENCE_CHANNEL ENCRYPTED_CHANNEL AUDIENCE

Sends a greeting when AUDIENCE joins. pysher does not decrypt, so it prints the field names of encrypted events.
"""

import json
import sys
import time

import pysher

port, key, secret, room, vault, audience = sys.argv[1:]
user_data = {"user_id": "py", "user_info": {"by": "pysher"}}


def report(kind, **rest):
    print(json.dumps({"kind": kind, **rest}), flush=True)


def joined(text):
    member = json.loads(text)
    report("joined", id=member["user_id"], info=member.get("user_info"))
    if member["user_id"] == audience:
        channel.trigger("client-greeting", {"by": "pysher", "text": "é😀\"\\"})


def connected(_):
    global channel
    channel = pusher.subscribe(room)
    channel.bind(
        "pusher_internal:subscription_succeeded",
        lambda text: report("members", members=json.loads(text)["presence"]["hash"]),
    )
    channel.bind("pusher_internal:member_added", joined)
    channel.bind("pusher_internal:member_removed", lambda text: report("left", id=json.loads(text)["user_id"]))
    channel.bind("client-greeting", lambda data: report("greeting", data=data))
    encrypted = pusher.subscribe(vault)
    encrypted.bind("pusher_internal:subscription_succeeded", lambda _: report("subscribed"))
    encrypted.bind("secret", lambda text: report("secret", fields=sorted(json.loads(text))))


channel = None
pusher = pysher.Pusher(
    key, secret=secret, secure=False, custom_host="127.0.0.1", port=int(port), user_data=user_data
)
pusher.connection.bind("pusher:connection_established", connected)
pusher.connect()
time.sleep(60)
sys.exit(1)
