"""The operations behind `data.augment`: what is measured, bent, printed, lit and filmed."""
