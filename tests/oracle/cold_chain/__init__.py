"""An independent judge of the cold-chain rules, written from the law's facts alone, slow and readable."""
