"""A member of a room, by pysher: prints one JSON object for each thing it sees.

    python peer.py PORT KEY SECRET PRESENCE_CHANNEL ENCRYPTED_CHANNEL AUDIENCE

It greets when AUDIENCE joins. pysher does not decrypt, so of encrypted events it shows what everybody can see.
"""

import json
import sys
import time

import pysher

port, key, secret, room, vault, audience = sys.argv[1:]
user_data = {"user_id": "py", "user_info": {"by": "pysher"}}


def say(kind, **rest):
    print(json.dumps({"kind": kind, **rest}), flush=True)


def joined(text):
    member = json.loads(text)
    say("joined", id=member["user_id"], info=member.get("user_info"))
    if member["user_id"] == audience:
        channel.trigger("client-greeting", {"by": "pysher", "text": "é😀\"\\"})


def connected(_):
    global channel
    channel = pusher.subscribe(room)
    channel.bind(
        "pusher_internal:subscription_succeeded",
        lambda text: say("members", members=json.loads(text)["presence"]["hash"]),
    )
    channel.bind("pusher_internal:member_added", joined)
    channel.bind("pusher_internal:member_removed", lambda text: say("left", id=json.loads(text)["user_id"]))
    channel.bind("client-greeting", lambda data: say("greeting", data=data))
    encrypted = pusher.subscribe(vault)
    encrypted.bind("pusher_internal:subscription_succeeded", lambda _: say("subscribed"))
    encrypted.bind("secret", lambda text: say("secret", fields=sorted(json.loads(text))))


channel = None
pusher = pysher.Pusher(
    key, secret=secret, secure=False, custom_host="127.0.0.1", port=int(port), user_data=user_data
)
pusher.connection.bind("pusher:connection_established", connected)
pusher.connect()
time.sleep(60)
sys.exit(1)
