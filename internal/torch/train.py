"""The same model, trained by PyTorch: the other side of BenchmarkTrainAgainstTorch.

Reads one JSON object a line from standard input and answers each with one. The first describes the model and how to run
it; every other is {"steps": n}, answered with {"seconds": of these n updates, "loss": of the last}. Batches lie ready in
memory, and what the first updates cost (compilation, warm-up) is over before the first answer.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def turn(x, cos, sin):
    """Rotates interleaved pairs of the first dimensions of each head: x [B, N, T, D], cos and sin [T, R/2]."""
    turned = 2 * cos.shape[-1]
    pairs = x[..., :turned].unflatten(-1, (-1, 2))
    a, b = pairs[..., 0], pairs[..., 1]
    rotated = torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)
    return torch.cat((rotated, x[..., turned:]), -1)


class Block(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.heads, self.groups = m["num_attention_heads"], m["num_key_value_heads"]
        width, self.size = m["hidden_size"], m["hidden_size"] // self.heads
        self.qkv = nn.Linear(width, (self.heads + 2 * self.groups) * self.size, bias=m["attention_bias"])
        self.out = nn.Linear(width, width, bias=False)
        self.before, self.between = Norm(width, m["norm_eps"]), Norm(width, m["norm_eps"])
        self.mlp = m["mlp"] != "none"
        if self.mlp:
            self.up = nn.Linear(width, 2 * m["intermediate_size"], bias=False)
            self.down = nn.Linear(m["intermediate_size"], width, bias=False)

    def forward(self, x, cos, sin):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.before(x)).split([n * self.size for n in (self.heads, self.groups, self.groups)], -1)
        q, k, v = (y.view(b, t, -1, self.size).transpose(1, 2) for y in (q, k, v))
        q, k = turn(q, cos, sin), turn(k, cos, sin)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.groups)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        if self.mlp:
            gate, up = self.up(self.between(x)).chunk(2, -1)
            x = x + self.down(F.silu(gate) * up)
        return x


class Decoder(nn.Module):
    def __init__(self, m, vocab, length):
        super().__init__()
        width, size = m["hidden_size"], m["hidden_size"] // m["num_attention_heads"]
        turned = int(size * m["partial_rotary_factor"])
        self.embed = nn.Embedding(vocab, width)
        self.blocks = nn.ModuleList(Block(m) for _ in range(m["num_hidden_layers"]))
        self.norm, self.head = Norm(width, m["norm_eps"]), nn.Linear(width, vocab, bias=False)
        angle = torch.outer(torch.arange(length), m["rope_theta"] ** (-torch.arange(0, turned, 2) / turned))
        self.register_buffer("cos", angle.cos())
        self.register_buffer("sin", angle.sin())
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=m["initializer_range"])

    def forward(self, ids, targets):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), targets.flatten())


def main():
    setup = json.loads(sys.stdin.readline())
    torch.manual_seed(1)
    torch.set_num_threads(setup["threads"])
    model = Decoder(setup["model"], setup["vocab"], setup["length"])
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": setup["weight_decay"]},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=setup["learning_rate"], fused=True)
    loss_of = torch.compile(model) if setup["compile"] else model
    batches = [torch.randint(setup["vocab"], (setup["rows"], setup["length"] + 1)) for _ in range(8)]

    def update(i):
        ids = batches[i % len(batches)]
        loss = loss_of(ids[:, :-1], ids[:, 1:].contiguous())
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    for i in range(5):
        update(i)
    print(json.dumps({"ready": True, "version": torch.__version__, "parameters": sum(p.numel() for p in parameters)}), flush=True)
    for line in sys.stdin:
        steps = json.loads(line)["steps"]
        began = time.perf_counter()
        for i in range(steps):
            loss = update(i)
        print(json.dumps({"seconds": time.perf_counter() - began, "loss": loss}), flush=True)


main()
