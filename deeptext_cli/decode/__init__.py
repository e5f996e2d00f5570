"""From CTC log-probabilities to text: numpy in, text out, no torch."""
