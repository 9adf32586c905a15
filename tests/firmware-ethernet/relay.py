"""Copies between standard input and output, which QEMU makes one socket to the guest, and a port on the loopback interface.

QEMU starts one for each connection that the firmware opens. When the port refuses, or either side ends, so does this.
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
