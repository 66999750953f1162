"""What the book experiments on: problems whose answers are known, policies, training, variances."""
