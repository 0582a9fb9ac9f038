"""Runs one notebook in a fresh kernel and prints what came of it as one line of JSON. argv: NOTEBOOK SECONDS_PER_CELL

The file is only read. On stdin comes null, or else the cells to run in the place of its own, in their order, each as an
object of its number and source. scripts/run-notebooks.mjs is the command for people.
"""
import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

UNHANDLED = ("Unhandled rejection", "Uncaught exception")  # what the kernel prints when nothing awaits a failure


def run(path: Path, timeout: int, cells: list | None) -> dict:
    notebook = nbformat.read(path, as_version=4)
    if cells is not None:
        notebook.cells = [nbformat.v4.new_code_cell(cell["source"]) for cell in cells]
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if not code:
        return {"error": "the notebook has no code cell"}
    current = {"index": None}
    numbers = {}
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip():
            numbers[index] = len(numbers) + 1 if cells is None else cells[index]["number"]
    began = {}

    def start(cell, cell_index: int) -> None:
        current["index"] = cell_index
        began[cell_index] = time.monotonic()
    client = NotebookClient(
        notebook,
        kernel_name="tslab",
        timeout=timeout,
        startup_timeout=120,
        allow_errors=cells is not None,  # all that fails is told at once
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=start,
    )

    def failure(error: str) -> dict:
        index = current["index"]
        if index is None:
            return {"error": error}
        return {"error": error, "cell": numbers[index], "source": notebook.cells[index].source}

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
    wrong = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            wrong.append((index, "the cell was not run"))
        for output in cell.outputs:
            if output.output_type == "error":
                wrong.append((index, "\n".join(output.traceback)))
            if output.get("name") == "stderr" and any(word in output.text for word in UNHANDLED):
                wrong.append((index, output.text.strip()))
    if wrong:
        current["index"] = wrong[0][0]
        others = [f"cell {numbers[index]}: {error.splitlines()[0]}" for index, error in wrong[1:]]
        return failure("\n".join([wrong[0][1], *([f"After it, {len(others)} more failed:", *others] if others else [])]))
    ends = [*list(began.values())[1:], time.monotonic()]
    seconds = [[numbers[index], end - start] for (index, start), end in zip(began.items(), ends) if index in numbers]
    return {"error": None, "cells": len(code), "times": seconds}


if __name__ == "__main__":
    started = time.monotonic()
    try:
        result = run(Path(sys.argv[1]).resolve(), int(sys.argv[2]), json.load(sys.stdin))
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({**result, "seconds": time.monotonic() - started}))
