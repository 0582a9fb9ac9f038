"""A node of its own: joins the cluster at an address, says the process number of its raylet, and lives until its input ends."""

import sys

from ray._private.node import Node
from ray._private.parameter import RayParams

[address, memory] = sys.argv[1:]
params = RayParams(
    gcs_address=address,
    num_cpus=1,
    object_store_memory=int(memory),
    node_ip_address="127.0.0.1",
    include_log_monitor=False,
)
node = Node(params, head=False)
print(node.all_processes["raylet"][0].process.pid, flush=True)
sys.stdin.read()
node.kill_all_processes(check_alive=False, allow_graceful=False)
