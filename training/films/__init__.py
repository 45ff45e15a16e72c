"""Films on their way into training: the cache, their pixels at a network's size, augmentation."""
