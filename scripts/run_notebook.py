"""Runs one notebook in a fresh kernel and prints what came of it as one line of JSON. argv: NOTEBOOK SECONDS_PER_CELL

The file is only read. scripts/run-notebooks.mjs is the command for people.
"""
import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

UNHANDLED = ("Unhandled rejection", "Uncaught exception")  # what the kernel prints when nothing awaits a failure


def run(path: Path, timeout: int) -> dict:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if not code:
        return {"error": "the notebook has no code cell"}
    current = {"index": None}
    client = NotebookClient(
        notebook,
        kernel_name="tslab",
        timeout=timeout,
        startup_timeout=120,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: current.update(index=cell_index),
    )

    def failure(error: str) -> dict:
        index = current["index"]
        if index is None:
            return {"error": error}
        number = sum(1 for cell in notebook.cells[: index + 1] if cell.cell_type == "code" and cell.source.strip())
        return {"error": error, "cell": number, "source": notebook.cells[index].source}

    try:
        client.execute()
    except CellExecutionError as error:
        outputs = notebook.cells[current["index"]].outputs
        shown = [output for output in outputs if output.output_type == "error"]
        return failure("\n".join(shown[-1].traceback) if shown else str(error))
    except CellTimeoutError:
        return failure(f"the cell did not end within {timeout} s")
    except DeadKernelError:
        return failure("the kernel died")
    except Exception as error:  # a kernel that does not start, a notebook that is not valid
        return failure(f"{type(error).__name__}: {error}")
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        current["index"] = index
        if cell.execution_count is None:
            return failure("the cell was not run")
        for output in cell.outputs:
            if output.output_type == "error":
                return failure("\n".join(output.traceback))
            if output.get("name") == "stderr" and any(word in output.text for word in UNHANDLED):
                return failure(output.text.strip())
    return {"error": None, "cells": len(code)}


if __name__ == "__main__":
    started = time.monotonic()
    try:
        result = run(Path(sys.argv[1]).resolve(), int(sys.argv[2]))
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({**result, "seconds": time.monotonic() - started}))
