"""Relays between a port on the loopback interface and stdin and stdout, which QEMU connects to a socket of the guest.

QEMU starts one relay for each connection of the firmware. It exits when the port refuses, or when either side ends.
"""

import os
import select
import socket
import sys

try:
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
except OSError:
    sys.exit()
server.settimeout(None)
targets = {0: server.fileno(), server.fileno(): 1}
while True:
    for source in select.select(list(targets), [], [])[0]:
        try:
            data = os.read(source, 65536)
            if not data:
                sys.exit()
            while data:
                data = data[os.write(targets[source], data):]
        except OSError:
            sys.exit()
