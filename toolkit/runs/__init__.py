"""What a run does, step by step, and how it is finished when it died."""
