"""Neural networks in torch: only training and export import this package."""
