# This file is written by hand down to the line below.
import os
import sys

d2l = sys.modules[__name__]

#################   WARNING   ################
# The below part is generated automatically through:
#    d2lbook build lib
# Don't edit it directly

def total(x):
    """Return the sum of an array.

    Defined in :numref:`sec_arrays`"""
    return d2l.reduce_sum(d2l.reshape(x, (-1,)))

def both(x, y=None):
    """Defined in :numref:`sec_arrays`"""
    # a comment that stays
    for a in (x, y):
        if isinstance(a, (list, tuple)):
            a = d2l.tensor(a)
    return d2l.concat((x, y), 0)

import collections
import random
import torch
from torch import nn

class Keeper:
    """Keeps shapes."""
    def __init__(self, name='keeper'):
        """Defined in :numref:`sec_shapes`"""
        self.name = name
        self.shapes = []
        self.kind = 'tensor'
        # its own

    def last(self):
        return self.shapes[-1]

    def add(self, x):
        """Add the shape of an array.
    
        Defined in :numref:`subsec_keeping`"""
        self.shapes.append(x.shape)
    

    def clear(self):
        """Defined in :numref:`subsec_keeping`"""
        self.shapes = []

DATA_HUB = dict()
DATA_URL = 'http://example.org/'

def download(name, cache_dir=os.path.join('..', 'data')):
    """Defined in :numref:`sec_lines`"""
    """Fetch a file of DATA_HUB, return its name.

    Only once."""
    assert name in DATA_HUB, f"{name} is not in {DATA_HUB}"
    return name

class Line(d2l.nn_Module):
    """Defined in :numref:`sec_lines`"""
    def __init__(self, units):
        super().__init__()
        self.dense = nn.LazyLinear(units)

    def forward(self, x):
        return self.dense(x)

d2l.DATA_HUB['line'] = (d2l.DATA_URL + 'line.csv',
                        '585e9cc93e70b39160e7921475f9bcd7d31219ce')


# Alias defined in config.ini
nn_Module = nn.Module

ones = torch.ones
zeros = torch.zeros
arange = torch.arange
exp = torch.exp
log = torch.log
tensor = torch.tensor
concat = torch.cat
matmul = torch.matmul
numpy = lambda x, *args, **kwargs: x.detach().numpy(*args, **kwargs)
size = lambda x, *args, **kwargs: x.numel(*args, **kwargs)
reshape = lambda x, *args, **kwargs: x.reshape(*args, **kwargs)
reduce_sum = lambda x, *args, **kwargs: x.sum(*args, **kwargs)
transpose = lambda x, *args, **kwargs: x.t(*args, **kwargs)

