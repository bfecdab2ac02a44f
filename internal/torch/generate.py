"""The same model, generating by transformers: the other side of BenchmarkDecode.

Reads one JSON object a line from standard input and answers each with one. The first names the folder of the model and the
number of threads; every other is {"prompts": [[ids]], "tokens": n}, answered with {"seconds": of generating n tokens for each
prompt, "ids": what was generated}.
"""

import json
import sys
import time

import torch
import transformers


def main():
    setup = json.loads(sys.stdin.readline())
    torch.set_num_threads(setup["threads"])
    transformers.logging.set_verbosity_error()
    model = transformers.AutoModelForCausalLM.from_pretrained(setup["folder"], torch_dtype=torch.float32).eval()
    print(json.dumps({"ready": True, "version": transformers.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        ids, n = torch.tensor(request["prompts"]), request["tokens"]
        began = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False, min_new_tokens=n, max_new_tokens=n, pad_token_id=0
            )
        print(json.dumps({"seconds": time.perf_counter() - began, "ids": out[:, ids.shape[1] :].tolist()}), flush=True)


main()
