"""Runs what a sweep consists of, commands of this repository, as tasks of Ray.

Started by scripts/sweep/ray.ts with a file of JSON that says what is to be done. It tells what happens in lines of JSON
on its output, and ends what runs, and then itself, when its input ends.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import ray
from ray.util.queue import Empty, Queue
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy


def say(**event):
    print(json.dumps(event), flush=True)


# What runs in tasks. Ray sends these functions to its workers, which may be on other machines.


def train(plan, board, job):
    """Trains a model, and returns the files that it leaves, so that they can be evaluated anywhere."""
    begin(plan, board, job)
    free_from_lost_machines(Path(job["folder"]))
    command(plan, board, job["id"], "train.ts", job["args"])
    return {file: Path(file).read_bytes() for file in job["files"]}


def evaluate(plan, board, job, files):
    """Evaluates a model, and returns the answers as they were written."""
    begin(plan, board, job)
    place(plan, files)
    free_from_lost_machines(Path(plan["folder"]) / "samples")
    command(plan, board, job["id"], "evaluate.ts", job["args"])
    return Path(job["result"]).read_text()


def begin(plan, board, job):
    if not Path(plan["scripts"]).is_dir():
        raise RuntimeError(f"{socket.gethostname()}: {plan['scripts']} is not there; every machine needs the clone there")
    os.chdir(plan["root"])
    try:
        shares = json.loads((Path(plan["folder"]) / "plan.json").read_text())["token"] == plan["token"]
    except (OSError, ValueError):
        shares = False
    goes_on = "state" not in job or Path(job["state"]).exists()
    event = {"event": "started", "task": job["id"], "host": socket.gethostname(), "process": os.getpid()}
    tell(board, {**event, "shares": shares, "goesOn": goes_on})


def tell(board, event):
    """Tells where the sweep was started. Nobody waits for it: a task that waits lends its processor to another one."""
    board.actor.put_nowait.remote(event)


def command(plan, board, task, script, args):
    """Runs a command to its end. It learns of the end of this worker, however that comes, and then ends as well."""
    ours, theirs = socket.socketpair()
    environment = {**plan["defaults"], **os.environ, **plan["environment"], "NODE_CHANNEL_FD": str(theirs.fileno())}
    environment["PATH"] = os.pathsep.join([plan["node"], environment.get("PATH", "")])
    child = subprocess.Popen(
        ["node", "--import", plan["tsx"], str(Path(plan["scripts"]) / script), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[theirs.fileno()],
        env=environment,
    )
    theirs.close()
    last = []
    try:
        for line in lines_of(child):
            last = [*last, line][-20:]
            tell(board, {"event": "line", "task": task, "line": line})
        child.wait()
    finally:
        # A task that is cancelled gets here by a KeyboardInterrupt.
        if child.poll() is None:
            child.terminate()
            child.wait()
        ours.close()
    if child.returncode != 0:
        raise RuntimeError("\n".join(last) or f"ended with {child.returncode}")


def lines_of(child):
    """The lines that it prints, with a look at the clock in between: a read that waits could not be cancelled."""
    rest = b""
    while True:
        if not select.select([child.stdout], [], [], 0.2)[0]:
            continue
        part = os.read(child.stdout.fileno(), 65536)
        if not part:
            break
        *lines, rest = (rest + part).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines if line)


def place(plan, files):
    """Puts models where the command looks for them, on a machine that does not share the storage."""
    for name, content in files.items():
        file = Path(name)
        if file.exists() and file.read_bytes() == content:
            continue
        if file.exists() and not file.resolve().is_relative_to(Path(plan["folder"]).resolve()):
            raise RuntimeError(f"{socket.gethostname()}: {name} is another file than where the sweep was started")
        write(file, content)


def write(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    part.write_bytes(content)
    part.replace(file)


def free_from_lost_machines(folder):
    """Takes away the locks of machines that Ray has lost: no other machine can see that their holders are no more."""
    alive = {node["NodeManagerHostname"] for node in ray.nodes() if node["Alive"]}
    for lock in folder.glob("**/writer.lock"):
        with contextlib.suppress(OSError, ValueError):
            if json.loads(lock.read_text())["host"] not in alive:
                lock.unlink()


# What runs where the sweep was started.


@contextlib.contextmanager
def cluster(plan):
    """The cluster that was named, or one of this machine alone, which is gone afterwards."""
    if plan["address"] is not None:
        try:
            ray.init(address=plan["address"], logging_level="error", log_to_driver=False)
        except Exception as error:
            raise SystemExit(f"no cluster of Ray can be joined at {plan['address']}: {error}") from None
        yield
        ray.shutdown()
        return
    # Not where TMPDIR says: paths of Ray's sockets may have some hundred characters in all.
    temporary = tempfile.mkdtemp(prefix="naive-diffusion-ray-", dir="/tmp")
    try:
        ray.init(
            address="local",
            include_dashboard=False,
            object_store_memory=128 * 2**20,
            logging_level="error",
            log_to_driver=False,
            _temp_dir=temporary,
        )
        yield
    finally:
        ray.shutdown()
        remove(Path(temporary))


def remove(folder):
    """Removes a folder into which parts of Ray that are ending may still write."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def ignore_signals():
    """Whoever has started this decides when it ends, by its input; signals that reach all at once are not for it."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: None)


def check_needs(plan):
    """A task for which no machine is large enough would wait for ever."""
    needs = {name: amount for name, amount in (("CPU", plan["cpus"]), ("GPU", plan["gpus"])) if amount > 0}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    say(event="up", machines=len(nodes), **{name: sum(node.get(name, 0) for node in nodes) for name in ("CPU", "GPU")})
    if not any(all(node.get(name, 0) >= amount for name, amount in needs.items()) for node in nodes):
        wanted = " and ".join(f"{amount:g} {name}" for name, amount in needs.items())
        raise SystemExit(f"no machine has the {wanted} that a task is to have")


def run(plan, stopped):
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    board = Queue(actor_options={"num_cpus": 0, "scheduling_strategy": here})
    needs = {"num_cpus": plan["cpus"], "num_gpus": plan["gpus"], "max_retries": plan["retries"]}
    known = ray.put(plan)
    trained = {}
    waiting = {}
    failed = set()
    for job in plan["trainings"]:
        ref = ray.remote(**needs)(train).remote(known, board, job)
        trained[job["id"]] = ref
        waiting[ref] = job
    for job in plan["evaluations"]:
        model = trained.get(job.get("training"))
        files = model if model is not None else {job["checkpoint"]: Path(job["checkpoint"]).read_bytes()}
        ref = ray.remote(**needs)(evaluate).remote(known, board, job, files)
        waiting[ref] = job
    while waiting and not stopped.is_set():
        done, _ = ray.wait(list(waiting), timeout=0.3)
        tell_news(board)
        for ref in done:
            settle(plan, ref, waiting.pop(ref), failed)
    for ref in waiting:
        ray.cancel(ref)
    if waiting:
        ray.wait(list(waiting), num_returns=len(waiting), timeout=120)


def tell_news(board):
    with contextlib.suppress(Empty):
        for event in board.get_nowait_batch(board.qsize()):
            say(**event)


def settle(plan, ref, job, failed):
    """Takes what a task has returned to the disk of this machine, where it is unless that is another one's."""
    try:
        outcome = ray.get(ref)
        place(plan, {job["result"]: outcome.encode()} if "result" in job else outcome)
    except Exception as error:
        failed.add(job["id"])
        cause = getattr(error, "cause", None) or error
        follows = job.get("training") in failed
        say(event="failed", task=job["id"], error="its training failed" if follows else str(cause).strip())
        return
    say(event="done", task=job["id"])


def main():
    plan = json.loads(Path(sys.argv[1]).read_text())
    stopped = threading.Event()
    joined = threading.Event()

    def listen():
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stopped.set()
        if plan["address"] is not None and not joined.is_set():
            os._exit(1)  # Ray may try for minutes to join a cluster, and listens to nobody meanwhile

    threading.Thread(target=listen, daemon=True).start()
    ignore_signals()
    with cluster(plan):
        joined.set()
        ignore_signals()  # Ray has put handlers of its own in their place
        check_needs(plan)
        run(plan, stopped)


main()
