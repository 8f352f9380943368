# SPDX-License-Identifier: Apache-2.0
"""mininet_lab.py star HOSTS | fat-tree K - how long Mininet takes: "up MS", "down MS".

Nodes and links are those that ncrun generates; a switch is a Linux bridge, a router a host.
Also "kib KIB", the private memory of one host's shell, and "nodes COUNT".
"""

import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo, Topo


class FatTree(Topo):
    """k pods of k / 2 edge and k / 2 aggregation routers, below (k / 2)^2 core routers."""

    def build(self, k=4):
        half = k // 2
        cores = [self.addHost(f"c{i}") for i in range(half * half)]
        middles = [self.addHost(f"m{i}") for i in range(k * half)]
        edges = [self.addHost(f"e{i}") for i in range(k * half)]
        for i, middle in enumerate(middles):
            for core in cores[i % half * half : (i % half + 1) * half]:
                self.addLink(core, middle)
        for i, edge in enumerate(edges):
            for middle in middles[i // half * half : (i // half + 1) * half]:
                self.addLink(middle, edge)
            for n in range(half):
                self.addLink(self.addHost(f"h{i * half + n}"), edge)


def private_kib(pid):
    """Of one process."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return sum(int(line.split()[1]) for line in rollup if line.startswith("Private"))


def main():
    """Up, look, down."""
    size = int(sys.argv[2])
    began = time.monotonic()
    topo = SingleSwitchTopo(k=size) if sys.argv[1] == "star" else FatTree(k=size)
    net = Mininet(topo=topo, switch=LinuxBridge, controller=None)
    net.start()
    ready = time.monotonic()
    print("kib", private_kib(net.hosts[0].pid))
    print("nodes", len(net.hosts))
    looked = time.monotonic()
    net.stop()
    print("up", round((ready - began) * 1000))
    print("down", round((time.monotonic() - looked) * 1000))


main()
