"""The PyTorch side of bench:pictures: trains for so many seconds, keeps the weights, and samples from them."""
import json
import os
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from networks import build, copy_weights
from worker import Training, about, degrade, images_of, serve, walk

channels_last = torch.channels_last


def batches(data, size):
    """Every image once, in a new order each time."""
    while True:
        for rows in torch.randperm(len(data)).split(size):
            yield data[rows].contiguous(memory_format=channels_last)


def article_walk(z, pixels):
    """One step of the article's walk: pixels that may repeat become black or white, the same ones in all images of the batch."""
    batch, _, height, width = z.shape
    z = z.clone()
    z[:, :, torch.randint(height, (pixels,)), torch.randint(width, (pixels,))] = torch.randint(2, (batch, 1, pixels)).float()
    return z


def naive(o, training, data):
    """Naive diffusion: T steps of each batch, compared by squared error with the batch before the step."""
    T, step = o['T'], article_walk if o.get('repeats') else walk
    for z in batches(data, o['batch']):
        for t in range(T):
            noisy = step(z, o['pixels']).contiguous(memory_format=channels_last)
            yield training.learn(noisy, torch.full((len(z),), t / T), z)
            z = noisy


def denoise_renoise(o, training, data):
    """Predict the clean images from t noised pixels of each, t evenly from 1 to all of them."""
    for x0 in batches(data, o['batch']):
        count = x0.shape[2] * x0.shape[3]
        t = torch.randint(1, count + 1, (len(x0),)) / count
        yield training.learn(degrade(x0, t).contiguous(memory_format=channels_last), t, x0)


def sample_naive(network, o, z):
    for t in reversed(range(o['T'])):
        z = network(z, torch.full((len(z),), t / o['T'])).clamp(0, 1)
    return z


def sample_denoise_renoise(network, o, z):
    for i in reversed(range(o['S'])):
        x0 = network(z, torch.full((len(z),), (i + 1) / o['S']))
        z = degrade(x0, torch.full((len(z),), i / o['S'])).contiguous(memory_format=channels_last)
    return x0


TRAIN = {'naive': naive, 'denoise-renoise': denoise_renoise}
SAMPLE = {'naive': sample_naive, 'denoise-renoise': sample_denoise_renoise}
state = {}


def prepare(o):
    torch.manual_seed(o['seed'])
    network = build(o['config'])
    copy_weights(network, load_file(o['initial']))
    optimizer = {name: o[name] for name in ('rate', 'warmup', 'epsilon')}
    training = Training(network, lambda z, t, wanted: F.mse_loss(network(z, t), wanted), average=o.get('average'), **optimizer)
    state.update(network=network, training=training, losses=TRAIN[o['algorithm']](o, training, images_of(load_file(o['data'])['images'])))
    return {}


def learn(o):
    begin, processor = time.perf_counter(), time.process_time()
    while True:
        loss = next(state['losses'])
        seconds = time.perf_counter() - begin
        if seconds >= o['seconds']:
            return {'seconds': seconds, 'processor': time.process_time() - processor, 'steps': state['training'].steps, 'loss': loss}


def write(tensors, file, notes):
    """Whole or not at all."""
    save_file(tensors, f'{file}.tmp', {'notes': json.dumps(notes)})
    os.replace(f'{file}.tmp', file)


def keep(o):
    names = [name for name, _ in state['network'].named_parameters()]
    write({name: weight.detach().contiguous() for name, weight in zip(names, state['training'].averaged)}, o['file'], o['notes'])
    return {}


def sample(o):
    torch.manual_seed(o['seed'])
    network = build(o['config'])
    network.load_state_dict(load_file(o['file']))
    side, parts = o['config']['size'], []
    with torch.inference_mode():
        for begin in range(0, o['count'], 250):
            batch = min(250, o['count'] - begin)
            z = torch.randint(2, (batch, 1, side, side)).float().expand(-1, o['config']['channels'], -1, -1)
            parts.append(SAMPLE[o['algorithm']](network, o, z.contiguous(memory_format=channels_last)))
    # Rounded as bytes are, so that 16 bits lose nothing.
    images = (255 * torch.cat(parts).permute(0, 2, 3, 1)).round() / 255
    write({'images': images.half().contiguous()}, o['out'], {})
    return {}


if __name__ == '__main__':
    serve({'prepare': prepare, 'learn': learn, 'keep': keep, 'sample': sample, 'about': about})
