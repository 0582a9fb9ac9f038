"""A cluster of several nodes on this machine: says its address and its nodes, and loses those that it is told to.

A line of input is the process number of a node's raylet.
"""

import json
import sys

from ray.cluster_utils import Cluster

memory = 80 * 2**20
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": memory})
nodes = [cluster.add_node(num_cpus=1, object_store_memory=memory) for _ in range(2)]


def raylet(node):
    return node.all_processes["raylet"][0].process.pid


print(json.dumps({"address": cluster.address, "raylets": [raylet(node) for node in nodes]}), flush=True)
try:
    for line in sys.stdin:
        node = next(node for node in nodes if raylet(node) == int(line))
        nodes.remove(node)
        cluster.remove_node(node, allow_graceful=False)
        print(json.dumps({"removed": int(line)}), flush=True)
finally:
    cluster.shutdown()
