"""The lock of the PDF library, which reading and writing of PDFs share."""

from __future__ import annotations

import threading

# entered by two threads at a time, whatever their documents, the library crashes
PDFIUM = threading.Lock()
