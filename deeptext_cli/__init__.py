"""DeepText: read text in images, offline, and train on your own few."""

__version__ = "0.1.0"
