"""How a sum is spent best: what shots are worth, which may share a clip, what each way costs."""
