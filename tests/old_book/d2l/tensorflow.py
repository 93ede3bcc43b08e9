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

import collections
import random
import tensorflow as tf

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

class Line(tf.keras.Model):
    """Defined in :numref:`sec_lines`"""
    def __init__(self, units):
        super().__init__()
        self.dense = tf.keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x)

d2l.DATA_HUB['line'] = (d2l.DATA_URL + 'line.csv',
                        '585e9cc93e70b39160e7921475f9bcd7d31219ce')


# Alias defined in config.ini


reshape = tf.reshape
ones = tf.ones
zeros = tf.zeros
exp = tf.exp
log = tf.math.log
tensor = tf.constant
arange = tf.range
concat = tf.concat
matmul = tf.matmul
reduce_sum = tf.reduce_sum
transpose = tf.transpose
numpy = lambda x, *args, **kwargs: x.numpy(*args, **kwargs)

