"""The library's networks in PyTorch, weight by weight, for channels_last tensors [batch, channels, height, width]."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def planes(t, height, width):
    """The level and both coordinates as three more channels."""
    y = torch.linspace(0, 1, height, device=t.device).view(1, 1, height, 1).expand(t.shape[0], 1, height, width)
    x = torch.linspace(0, 1, width, device=t.device).view(1, 1, 1, width).expand(t.shape[0], 1, height, width)
    return torch.cat([t.view(-1, 1, 1, 1).expand(-1, 1, height, width), y, x], 1)


class Shrink(nn.Conv2d):
    """A 3×3 convolution of stride 2. TensorFlow pads on the right and at the bottom; PyTorch's own padding on both sides costs
    less, and is used where only time counts."""

    def __init__(self, inputs, outputs, exact):
        super().__init__(inputs, outputs, 3, stride=2, padding=0 if exact else 1)
        self.exact = exact

    def forward(self, x):
        return super().forward(F.pad(x, (0, 1, 0, 1)) if self.exact else x)


class UNet(nn.Module):
    def __init__(self, config, exact=False):
        super().__init__()
        size, channels, widths, dense = config['size'], config['channels'], config['widths'], config['dense']
        self.widths, self.size, self.output_kind = widths, size, config['output']
        extra, deepest = 3, len(widths) - 1
        self.shrink = nn.ModuleList([Shrink(widths[i - 1] + extra, w, exact) for i, w in enumerate(widths) if i > 0])
        self.mix = nn.ModuleList([nn.Conv2d((w if i > 0 else channels) + extra, w, 3, padding=1) for i, w in enumerate(widths)])
        self.grow = nn.ModuleList([nn.ConvTranspose2d(widths[i + 1] + extra, w, 4, stride=2, padding=1) for i, w in enumerate(widths[:-1])])
        self.up_mix = nn.ModuleList([nn.Conv2d(w + extra, w, 3, padding=1) for w in widths[:-1]])
        values = (size >> deepest) ** 2 * widths[deepest]
        self.inward = nn.Linear(values, dense) if dense else None
        self.outward = nn.Linear(dense, values) if dense else None
        self.output = nn.Conv2d(widths[0] + channels + extra, channels, 1)

    def forward(self, z, t):
        told = [planes(t, self.size >> i, self.size >> i) for i in range(len(self.widths))]
        see = lambda x, i: torch.cat([x, told[i]], 1)
        kept, h = [], z
        for i in range(len(self.widths)):
            if i > 0:
                h = F.relu(self.shrink[i - 1](see(h, i - 1)))
            h = F.relu(self.mix[i](see(h, i)))
            kept.append(h)
        if self.inward is not None:
            flat = h.permute(0, 2, 3, 1).reshape(h.shape[0], -1)
            out = F.relu(self.outward(F.relu(self.inward(flat))))
            h = h + out.view(h.shape[0], h.shape[2], h.shape[3], h.shape[1]).permute(0, 3, 1, 2)
        for i in reversed(range(len(self.widths) - 1)):
            h = F.relu(self.grow[i](see(h, i + 1))) + kept[i]
            h = F.relu(self.up_mix[i](see(h, i)))
        y = self.output(see(torch.cat([h, z], 1), 0))
        return {'change': lambda: z + 0.1 * y, 'sigmoid': lambda: torch.sigmoid(y), 'linear': lambda: y}[self.output_kind]()

    def named_like_ours(self):
        """Our names for these weights."""
        names = {}
        for i, layer in enumerate(self.shrink):
            names[f'down{i + 1}.shrink'] = layer
        for i, layer in enumerate(self.mix):
            names[f'down{i}.mix'] = layer
        for i, (grow, mix) in enumerate(zip(self.grow, self.up_mix)):
            names[f'up{i}.grow'], names[f'up{i}.mix'] = grow, mix
        if self.inward is not None:
            names['middle.in'], names['middle.out'] = self.inward, self.outward
        names['output'] = self.output
        return names


class Block(nn.Module):
    PARTS = ('norm1', 'conv1', 'norm2', 'conv2')

    def __init__(self, width, groups, embedding=None):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(groups, width), nn.GroupNorm(groups, width)
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.level = nn.Linear(embedding, 2 * width) if embedding else None

    def forward(self, x, e=None):
        h = self.norm2(self.conv1(F.silu(self.norm1(x))))
        if self.level is not None:
            scale, shift = self.level(e)[:, :, None, None].chunk(2, 1)
            h = h * (1 + scale) + shift
        return x + self.conv2(F.silu(h))


def attend(x, into, heads):
    """Attention of tokens [batch, tokens, width] to each other, before the last linear function."""
    batch, tokens, width = x.shape
    q, k, v = into(x).view(batch, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width)


class Look(nn.Module):
    """Attention of the pixels of a feature map."""

    def __init__(self, width, groups, heads):
        super().__init__()
        self.heads, self.norm = heads, nn.GroupNorm(groups, width)
        self.into, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, width, height, across = x.shape
        tokens = self.norm(x).permute(0, 2, 3, 1).reshape(batch, height * across, width)
        seen = self.out(attend(tokens, self.into, self.heads))
        return x + seen.view(batch, height, across, width).permute(0, 3, 1, 2)


class ResidualUNet(nn.Module):
    def __init__(self, config, exact=False):
        super().__init__()
        widths, groups, self.embedding = config['widths'], config['groups'], config['embedding']
        self.size, self.output_kind = config['size'], config['output']
        assert config['dense'] == 0 and config['coordinates']
        looks = lambda w: config['size'] >> widths.index(w) in config.get('attention', [])
        parts = lambda w: [Block(w, groups, self.embedding), *([Look(w, groups, config['heads'])] if looks(w) else [])]
        blocks = lambda w: nn.ModuleList([nn.ModuleList(parts(w)) for _ in range(config['blocks'])])
        self.level = nn.Linear(self.embedding, self.embedding)
        self.conditions = config.get('conditions', {})
        assert len(self.conditions) <= 1  # a row for nothing, and one for each value
        self.rows = nn.ModuleDict({name: nn.Embedding(count + 1, self.embedding) for name, count in self.conditions.items()})
        self.told_in = nn.Linear(self.embedding, 2 * self.embedding) if self.conditions else None
        self.told_out = nn.Linear(2 * self.embedding, self.embedding) if self.conditions else None
        self.input = nn.Conv2d(config['channels'] + 2, widths[0], 3, padding=1)
        self.shrink = nn.ModuleList([Shrink(widths[i], widths[i + 1], exact) for i in range(len(widths) - 1)])
        self.down = nn.ModuleList([blocks(w) for w in widths])
        self.grow = nn.ModuleList([nn.Conv2d(widths[i + 1], w, 3, padding=1) for i, w in enumerate(widths[:-1])])
        self.up = nn.ModuleList([blocks(w) for w in widths[:-1]])
        self.norm = nn.GroupNorm(groups, widths[0])
        self.output = nn.Conv2d(widths[0], config['outputs'], 1)
        frequencies = torch.tensor([1000 / 10_000 ** (i / (self.embedding // 2)) for i in range(self.embedding // 2)])
        self.register_buffer('frequencies', frequencies)

    def forward(self, z, t, value=None):
        angles = t[:, None] * self.frequencies
        e = F.silu(self.level(torch.cat([torch.sin(angles), torch.cos(angles)], 1)))
        for row in self.rows.values():
            e = e + self.told_out(F.silu(self.told_in(e + row(value + 1))))
        h = self.input(torch.cat([z, planes(t, self.size, self.size)[:, 1:]], 1))
        kept = []
        for i, level in enumerate(self.down):
            if i > 0:
                h = self.shrink[i - 1](h)
            h = through(level, h, e)
            kept.append(h)
        for i in reversed(range(len(self.up))):
            h = self.grow[i](F.interpolate(h, scale_factor=2)) + kept[i]
            h = through(self.up[i], h, e)
        y = self.output(F.silu(self.norm(h)))
        return torch.sigmoid(y) if self.output_kind == 'sigmoid' else y

    def named_like_ours(self):
        names = {'level': self.level, 'input': self.input, 'output.norm': self.norm, 'output': self.output}
        for name, rows in self.rows.items():
            names |= {f'condition.{name}': rows, 'told.in': self.told_in, 'told.out': self.told_out}
        for i, layer in enumerate(self.shrink):
            names[f'down{i + 1}.shrink'] = layer
        for i, layer in enumerate(self.grow):
            names[f'up{i}.grow'] = layer
        for side, levels in (('down', self.down), ('up', self.up)):
            for i, level in enumerate(levels):
                for j, (block, *looks) in enumerate(level):
                    for part in (*Block.PARTS, 'level'):
                        names[f'{side}{i}.block{j}.{part}'] = getattr(block, part)
                    for look in looks:
                        own = f'{side}{i}.block{j}.attention'
                        names[f'{own}.norm'], names[f'{own}.in'], names[f'{own}.out'] = look.norm, look.into, look.out
        return names


def through(level, h, e):
    """The blocks of a level, each with attention after it if there is any."""
    for block, *looks in level:
        h = block(h, e)
        for look in looks:
            h = look(h)
    return h


def norm(x, scale, shift):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


class TransformerBlock(nn.Module):
    def __init__(self, width, heads, embedding, ratio):
        super().__init__()
        self.heads = heads
        self.into, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, ratio * width), nn.Linear(ratio * width, width)
        self.level = nn.Linear(embedding, 6 * width)

    def forward(self, x, e):
        s1, b1, g1, s2, b2, g2 = self.level(F.silu(e))[:, None].chunk(6, 2)
        x = x + g1 * self.out(attend(norm(x, s1, b1), self.into, self.heads))
        return x + g2 * self.narrow(F.gelu(self.widen(norm(x, s2, b2))))


class DiffusionTransformer(nn.Module):
    def __init__(self, config, exact=False):
        super().__init__()
        width, embedding, patch = config['width'], config['embedding'], config['patch']
        self.patch, self.channels, self.output_kind = patch, config['outputs'], config['output']
        self.side = config['size'] // patch
        assert config['level'] == 'sinusoidal'
        self.level, self.told = nn.Linear(embedding, embedding), nn.Linear(embedding, embedding)
        self.into = nn.Linear(patch * patch * config['channels'], width)
        self.out = nn.Linear(width, patch * patch * config['outputs'])
        self.blocks = nn.ModuleList([TransformerBlock(width, config['heads'], embedding, config['ratio']) for _ in range(config['depth'])])
        self.last = nn.Linear(embedding, 2 * width)
        half = embedding // 2
        self.register_buffer('frequencies', torch.tensor([1000 / 10_000 ** (i / half) for i in range(half)]))
        rates = 10_000.0 ** (-torch.arange(width // 4) / (width // 4))
        angles = torch.arange(self.side)[:, None] * rates
        along = torch.cat([torch.sin(angles), torch.cos(angles)], 1)
        across, down = along[None].expand(self.side, -1, -1), along[:, None].expand(-1, self.side, -1)
        self.register_buffer('places', torch.cat([across, down], 2).reshape(1, -1, width))

    def forward(self, z, t):
        batch, side, p = len(z), self.side, self.patch
        angles = t[:, None] * self.frequencies
        e = self.told(F.silu(self.level(torch.cat([torch.sin(angles), torch.cos(angles)], 1))))
        cut = z.permute(0, 2, 3, 1).reshape(batch, side, p, side, p, -1).transpose(2, 3).reshape(batch, side * side, -1)
        h = self.into(cut) + self.places
        for block in self.blocks:
            h = block(h, e)
        y = self.out(norm(h, *self.last(F.silu(e))[:, None].chunk(2, 2)))
        y = y.view(batch, side, side, p, p, self.channels).transpose(2, 3).reshape(batch, side * p, side * p, self.channels).permute(0, 3, 1, 2)
        return torch.sigmoid(y) if self.output_kind == 'sigmoid' else y

    def named_like_ours(self):
        names = {'level': self.level, 'told': self.told, 'patches.in': self.into, 'patches.out': self.out, 'output.level': self.last}
        for i, block in enumerate(self.blocks):
            names |= {f'block{i}.attention.in': block.into, f'block{i}.attention.out': block.out}
            names |= {f'block{i}.{part}': getattr(block, part) for part in ('widen', 'narrow', 'level')}
        return names


class Autoencoder(nn.Module):
    def __init__(self, config, exact=False):
        super().__init__()
        widths, groups, latent, channels = config['widths'], config['groups'], config['latent'], config['channels']
        self.input = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.norms = nn.ModuleList([nn.GroupNorm(groups, w) for w in widths])
        self.shrink = nn.ModuleList([Shrink(widths[i], widths[i + 1], exact) for i in range(len(widths) - 1)])
        self.down = nn.ModuleList([Block(w, groups) for w in widths[1:]])
        self.inner = nn.Conv2d(widths[-1], 2 * latent, 1)
        self.begin, self.begin_block = nn.Conv2d(latent, widths[-1], 3, padding=1), Block(widths[-1], groups)
        self.grow = nn.ModuleList([nn.Conv2d(widths[i + 1], w, 3, padding=1) for i, w in enumerate(widths[:-1])])
        self.up = nn.ModuleList([Block(w, groups) for w in widths[:-1]])
        self.norm, self.output = nn.GroupNorm(groups, widths[0]), nn.Conv2d(widths[0], channels, 3, padding=1)

    def posterior(self, x):
        h = self.input(x)
        for norm, shrink, block in zip(self.norms, self.shrink, self.down):
            h = block(shrink(F.silu(norm(h))))
        mean, spread = self.inner(F.silu(self.norms[-1](h))).chunk(2, 1)
        return mean, (spread - 4).clamp(-16, 4)

    def reconstruct(self, z):
        h = self.begin_block(self.begin(z))
        for grow, block in reversed(list(zip(self.grow, self.up))):
            h = block(grow(F.interpolate(h, scale_factor=2)))
        return torch.sigmoid(self.output(F.silu(self.norm(h))))

    def forward(self, x, noise=None, kl=1e-3):
        """The loss, with noise of the latents' shape, drawn here if it is not given."""
        mean, log_variance = self.posterior(x)
        z = mean + torch.exp(log_variance / 2) * (torch.randn_like(mean) if noise is None else noise)
        nats = (mean.square() + log_variance.exp() - log_variance - 1) / 2
        return F.l1_loss(self.reconstruct(z), x) + kl * nats.mean()

    def named_like_ours(self):
        names = {'encoder.input': self.input, 'encoder.norm': self.norms[-1], 'encoder.output': self.inner}
        names |= {'decoder.input': self.begin, 'decoder.norm': self.norm, 'decoder.output': self.output}
        blocks = {'decoder.block': self.begin_block}
        for i, (norm, shrink, block) in enumerate(zip(self.norms, self.shrink, self.down)):
            own = f'encoder.level{i + 1}'
            names |= {f'{own}.norm': norm, f'{own}.shrink': shrink}
            blocks[f'{own}.block'] = block
        for i, (grow, block) in enumerate(zip(self.grow, self.up)):
            names[f'decoder.level{i}.grow'] = grow
            blocks[f'decoder.level{i}.block'] = block
        for own, block in blocks.items():
            names |= {f'{own}.{part}': getattr(block, part) for part in Block.PARTS}
        return names


KINDS = {'autoencoder': Autoencoder, 'unet': UNet, 'residual-unet': ResidualUNet, 'diffusion-transformer': DiffusionTransformer}


def build(config, exact=False):
    network = KINDS[config['kind']](config, exact)
    return network.to(memory_format=torch.channels_last)


# How a weight of ours lies in PyTorch: height, width, inputs, outputs → outputs, inputs, height, width, and so on.
LAYOUT = {
    nn.Conv2d: {'filter': ('weight', (3, 2, 0, 1)), 'bias': ('bias', (0,))},
    Shrink: {'filter': ('weight', (3, 2, 0, 1)), 'bias': ('bias', (0,))},
    nn.ConvTranspose2d: {'filter': ('weight', (3, 2, 0, 1)), 'bias': ('bias', (0,))},
    nn.Linear: {'matrix': ('weight', (1, 0)), 'bias': ('bias', (0,))},
    nn.Embedding: {'': ('weight', (0, 1))},
    nn.GroupNorm: {'scale': ('weight', (0,)), 'offset': ('bias', (0,))},
}


def own_name(layer, part):
    return f'{layer}.{part}' if part else layer


def copy_weights(network, weights):
    """Puts the library's weights, {name: tensor}, into a network; every weight must find its place."""
    left = dict(weights)
    with torch.no_grad():
        for name, layer in network.named_like_ours().items():
            for ours, (theirs, order) in LAYOUT[type(layer)].items():
                getattr(layer, theirs).copy_(left.pop(own_name(name, ours)).permute(order))
    if left:
        raise ValueError(f'weights without a place: {", ".join(left)}')
