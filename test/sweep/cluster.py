"""A cluster on this machine: says its address, and does what it is told, a word and its object in each line of input.

    add              another node, of one processor
    add FOLDER       one that has nothing of this folder, as a machine without shared storage
    remove RAYLET    loses a node at once, by the process number of its raylet

Each line is answered by one of JSON, with the raylet in question.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ray._common.utils import get_default_ray_temp_dir
from ray.cluster_utils import Cluster

memory = 80 * 2**20
apart = 'mount -t tmpfs none "$0" && exec "$@"'


def add(folder):
    if not folder:
        node = cluster.add_node(num_cpus=1, object_store_memory=memory)
        raylet = node.all_processes["raylet"][0].process.pid
        nodes[raylet] = lambda: cluster.remove_node(node, allow_graceful=False)
        return raylet
    program = [sys.executable, str(Path(__file__).with_name("node.py")), cluster.address, str(memory)]
    child = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", apart, folder, *program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    raylet = int(child.stdout.readline())

    def remove():
        child.stdin.close()
        child.wait()

    nodes[raylet] = remove
    return raylet


def tell(**what):
    print(json.dumps(what), flush=True)


with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as temporary:
    # There it notes the cluster all the same, and takes the folder for granted.
    Path(get_default_ray_temp_dir()).mkdir(parents=True, exist_ok=True)
    head = {"num_cpus": 0, "object_store_memory": memory, "temp_dir": temporary}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = {}
    tell(address=cluster.address)
    try:
        for line in sys.stdin:
            word, _, of = line.strip().partition(" ")
            if word == "add":
                tell(raylet=add(of))
            else:
                nodes.pop(int(of))()
                tell(raylet=int(of))
    finally:
        for remove in nodes.values():
            remove()
        cluster.shutdown()
