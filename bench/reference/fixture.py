"""python fixture.py FOLDER: what test/bench compares with: small networks with random weights, one batch, PyTorch's output and its losses."""
import json
import os
import sys

import torch
from safetensors.torch import save_file

from networks import LAYOUT, build, own_name
from worker import Training, images_of
import torch.nn.functional as F

CONFIGS = {
    'unet': dict(kind='unet', size=16, channels=3, widths=[6, 8, 8], dense=12, time=True, coordinates=True, skips=True,
                 upsampling='deconvolution', output='change', predicts='previous', seed=1),
    'residual-unet': dict(kind='residual-unet', size=16, channels=3, outputs=3, widths=[8, 12], blocks=1, groups=4, embedding=16,
                          dense=0, coordinates=True, output='sigmoid', predicts='clean', seed=1),
    'attentive-unet': dict(kind='residual-unet', size=16, channels=3, outputs=3, widths=[8, 12], blocks=1, groups=4, embedding=16, dense=0,
                           coordinates=True, output='sigmoid', attention=[16, 8], heads=2, seed=1),
    'told-unet': dict(kind='residual-unet', size=16, channels=3, outputs=3, widths=[8, 12], blocks=1, groups=4, embedding=16, dense=0,
                      coordinates=True, output='sigmoid', conditions={'digit': 5}, seed=1),
    'autoencoder': dict(kind='autoencoder', size=16, channels=3, widths=[8, 12], groups=4, latent=2, mean=[0, 0], deviation=[1, 1], seed=1),
    'diffusion-transformer': dict(kind='diffusion-transformer', size=16, channels=3, outputs=3, patch=4, width=8, depth=2, heads=2, ratio=4,
                                  embedding=16, level='sinusoidal', output='sigmoid', seed=1),
}

if __name__ == '__main__':
    torch.manual_seed(7)
    for name, config in CONFIGS.items():
        network = build(config, exact=True)
        with torch.no_grad():
            for weight in network.parameters():
                weight.add_(0.05 * torch.randn_like(weight))
        tensors = {}
        for ours, layer in network.named_like_ours().items():
            for part, (theirs, order) in LAYOUT[type(layer)].items():
                back = [order.index(i) for i in range(len(order))]
                tensors[own_name(ours, part)] = getattr(layer, theirs).detach().permute(back).contiguous().clone()
        z, x0, t = torch.rand(4, 16, 16, 3), torch.rand(4, 16, 16, 3), torch.rand(4)
        given = {'digit': torch.tensor([-1, 0, 3, 4])} if config.get('conditions') else {}
        if config['kind'] == 'autoencoder':
            given = {'noise': torch.randn(4, 8, 8, 2)}
            learn = lambda: network(images_of(x0), images_of(given['noise']))
            predict = lambda: network.reconstruct(network.posterior(images_of(x0))[0])
        else:
            predict = lambda: network(images_of(z), t, *given.values())
            learn = lambda: F.mse_loss(predict(), images_of(x0))
        with torch.no_grad():
            output = predict().permute(0, 2, 3, 1).contiguous()
        training = Training(network, learn)
        losses = torch.tensor([training.learn() for _ in range(20)])
        about = {'config': json.dumps(config), 'version': torch.__version__}
        batch = {'@z': z, '@x0': x0, '@t': t, **{f'@{name}': value.float() for name, value in given.items()}}
        save_file({**tensors, **batch, '@output': output, '@losses': losses}, os.path.join(sys.argv[1], f'{name}.safetensors'), about)
