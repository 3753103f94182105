"""The process an edge function runs in: started as `python -I -S`, without an environment.

Arguments: the asset's folder and its handler, `module.function`. It reads calls from standard input
and writes to standard output: `{}` when the handler is imported, then an answer a call, each a line
of JSON. What the function prints goes to standard error.
"""

import importlib
import json
import os
import sys
import traceback
from types import SimpleNamespace


def main() -> None:
    """Answer events until standard input ends."""
    folder, handler = sys.argv[1:]
    module, _, function = handler.rpartition(".")
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        os.chdir(folder)
        sys.path.insert(0, folder)
        run = getattr(importlib.import_module(module.replace("/", ".")), function)
        print("{}", file=answers, flush=True)
        for line in sys.stdin:
            call = json.loads(line)
            context = SimpleNamespace(
                aws_request_id=call["request_id"], function_name=module, memory_limit_in_mb="128"
            )
            try:
                answer = json.dumps({"result": run(call["event"], context)})
            except Exception as error:  # noqa: BLE001 (whatever the function raises is its answer)
                traceback.print_exc()
                answer = json.dumps({"error": f"{type(error).__name__}: {error}"})
            print(answer, file=answers, flush=True)


if __name__ == "__main__":
    main()
