# SPDX-License-Identifier: Apache-2.0
"""mininet_star.py N - how long Mininet takes for N hosts on a Linux bridge: "up MS", "down MS"."""

import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

began = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(k=int(sys.argv[1])), switch=LinuxBridge, controller=None)
net.start()
ready = time.monotonic()
net.stop()
print("up", round((ready - began) * 1000))
print("down", round((time.monotonic() - ready) * 1000))
