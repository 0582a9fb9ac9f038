"""The PyTorch side of the benchmark: takes a request in JSON on each line of its input, and answers each in one line."""
import json
import math
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from networks import build, copy_weights

RATE, EPSILON, CLIP, AVERAGE = 1e-3, 1e-7, 1.0, 0.998
DEVICE = os.environ.get('REFERENCE_DEVICE', 'cpu')  # or 'cuda'
channels_last = torch.channels_last


class Training:
    """Training as the library does it: Adam, warm-up, gradient clipping, averaged weights. `learn` returns the loss as a number."""

    def __init__(self, network, loss, rate=RATE, warmup=0, epsilon=EPSILON, average=AVERAGE):
        self.network, self.loss, self.weights = network, loss, list(network.parameters())
        self.rate, self.warmup, self.average, self.steps = rate, warmup, average, 0
        self.adam = torch.optim.Adam(self.weights, rate, eps=epsilon, fused=True)
        self.averaged = [w.detach().clone() for w in self.weights] if average else self.weights

    def learn(self, *inputs):
        self.steps += 1
        if self.steps <= self.warmup + 1:
            self.adam.param_groups[0]['lr'] = self.rate * min(1, self.steps / (self.warmup or 1))
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(*inputs)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights, CLIP)
        self.adam.step()
        if self.average:
            with torch.no_grad():
                torch._foreach_lerp_(self.averaged, self.weights, 1 - min(self.average, (self.steps + 1) / (self.steps + 10)))
        return loss.item()


def images_of(tensor):
    """[batch, height, width, channels] → what PyTorch calls channels_last."""
    return tensor.permute(0, 3, 1, 2).contiguous(memory_format=channels_last)


def walk(z, pixels):
    """One step of the binomial walk: `pixels` different pixels of each image become black or white."""
    batch, channels, height, width = z.shape
    picked = torch.rand(batch, height * width, device=z.device).topk(pixels, sorted=False).indices
    colours = torch.randint(2, (batch, pixels, 1), device=z.device).float().expand(-1, -1, channels)
    flat = z.permute(0, 2, 3, 1).reshape(batch, -1, channels).clone()
    flat.scatter_(1, picked[..., None].expand(-1, -1, channels), colours)
    return flat.view(batch, height, width, channels).permute(0, 3, 1, 2)


def degrade(x0, t):
    """Binomial noise without replacement, one level for each image."""
    batch, _, height, width = x0.shape
    rank = torch.rand(batch, height * width, device=x0.device).argsort(1).argsort(1)
    noised = (rank < (t[:, None] * height * width + 0.5).floor()).float().view(batch, 1, height, width)
    return x0 * (1 - noised) + torch.randint(2, (batch, 1, height, width), device=x0.device) * noised


def naive(o, network, data):
    """Steps of naive diffusion: every T of them begin with another batch."""
    training = Training(network, lambda now, t, before: F.mse_loss(network(now, t), before))
    def steps():
        while True:
            z = data[torch.randint(len(data), (o['batch'],), device=data.device)].contiguous(memory_format=channels_last)
            for t in range(o['T']):
                now = walk(z, o['pixels'])
                training.learn(now, torch.full((o['batch'],), t / o['T'], device=data.device), z)
                z = now
                yield
    return steps()


def clean(o, network, data):
    """Steps that predict the clean images from binomial noise."""
    training = Training(network, lambda z, t, x0: F.mse_loss(network(z, t), x0))
    def steps():
        while True:
            x0 = data[torch.randint(len(data), (o['batch'],), device=data.device)].contiguous(memory_format=channels_last)
            t = torch.rand(o['batch'], device=data.device)
            training.learn(degrade(x0, t).contiguous(memory_format=channels_last), t, x0)
            yield
    return steps()


def sample(o, network, data):
    """The naive sampler: each turn is one run of S predictions."""
    def turns():
        side, channels = o['config']['size'], o['config']['channels']
        while True:
            with torch.inference_mode():
                z = torch.randint(2, (o['batch'], 1, side, side), device=data.device).float().expand(-1, channels, -1, -1).contiguous(memory_format=channels_last)
                for t in reversed(range(o['S'])):
                    z = network(z, torch.full((o['batch'],), t / o['S'], device=data.device)).clamp(0, 1)
            yield
    return turns()


def guided(o, network, data):
    """DDIM with guidance: each turn is one run of S steps. With the wish and without it are asked at once, in one batch."""
    def turns():
        side, channels, batch, weight = o['config']['size'], o['config']['channels'], o['batch'], o['weight']
        wish = torch.arange(batch, device=data.device) % 10
        both = torch.cat([wish, torch.full_like(wish, -1)])
        quarter = math.pi / 2
        while True:
            with torch.inference_mode():
                z = torch.randn(batch, channels, side, side, device=data.device).contiguous(memory_format=channels_last)
                for i in reversed(range(o['S'])):
                    t, s = quarter * (i + 1) / o['S'], quarter * i / o['S']
                    level = torch.full((2 * batch,), (i + 1) / o['S'], device=data.device)
                    wanted, plain = network(torch.cat([z, z]) / 2 + 0.5, level, both).chunk(2)
                    x0 = 2 * (plain + weight * (wanted - plain)).clamp(0, 1) - 1
                    z = math.cos(s) * x0 + math.sin(s) / math.sin(t) * (z - math.cos(t) * x0)
            yield
    return turns()


def autoencoder(o, network, data):
    """Steps of an autoencoder, which gives its own loss."""
    training = Training(network, network)
    def steps():
        while True:
            training.learn(data[torch.randint(len(data), (o['batch'],), device=data.device)].contiguous(memory_format=channels_last))
            yield
    return steps()


KINDS = {'naive': naive, 'clean': clean, 'autoencoder': autoencoder, 'sample': sample, 'guided': guided}
prepared = {}


def prepare(o):
    torch.manual_seed(1)
    network = build(o['config']).to(DEVICE)
    data = images_of(load_file(o['data'], DEVICE)['images'])
    prepared['turns'] = KINDS[o['kind']](o, torch.compile(network) if o.get('compile') else network, data)
    return {}


def turn(o):
    begin = time.perf_counter()
    for _ in range(o['n']):
        next(prepared['turns'])
    if DEVICE != 'cpu':
        torch.cuda.synchronize()
    return {'seconds': time.perf_counter() - begin}


def agree(o):
    """The same weights and inputs: what the network returns, and the losses of some steps of training on one batch."""
    given = load_file(o['file'], DEVICE)
    z, x0, t = images_of(given.pop('z')), images_of(given.pop('x0')), given.pop('t')
    network = build(o['config'], exact=True).to(DEVICE)
    copy_weights(network, given)
    with torch.no_grad():
        output = network(z, t).permute(0, 2, 3, 1).contiguous()
    training = Training(network, lambda: F.mse_loss(network(z, t), x0), warmup=o['warmup'])
    losses = torch.tensor([training.learn() for _ in range(o['steps'])])
    save_file({'output': output, 'losses': losses}, o['out'])
    return {}


def about(_):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {'version': f'PyTorch {torch.__version__}', 'threads': torch.get_num_threads(), 'megabytes': peak // 1024}


def serve(commands):
    """Takes a request in JSON on each line of the input, and answers each in one line; `do` says which command it is."""
    # Answers have the output to themselves; whatever libraries print goes elsewhere.
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = commands[request['do']](request)
        except Exception as error:  # noqa: BLE001, the other side decides what to do
            answer = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    serve({'prepare': prepare, 'turn': turn, 'agree': agree, 'about': about})
