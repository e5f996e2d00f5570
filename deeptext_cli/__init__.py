"""DeepText: read text in images, offline, and train on your own few."""

import os

__version__ = "0.1.0"

# ONNX Runtime (1.29 and later, as released) sends usage data to its makers from the moment it is
# imported. We promise to work offline: whoever wants it sets the variable to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
