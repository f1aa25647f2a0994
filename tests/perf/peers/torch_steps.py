"""Runs a step of batched tensors many times in PyTorch: compiled and as a CUDA graph on a GPU, eagerly on the CPU."""
import torch


def device_of(name):
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


class Steps:
    """Calls step(state, inputs) -> state for each of a list of inputs, with state a tuple of tensors that stay in place.

    On a GPU the step is compiled by torch.compile where that works here, and the whole list is one CUDA graph; `mode`
    tells what was done.
    """

    def __init__(self, step, state, inputs):
        self.step, self.state, self.inputs = step, state, inputs
        self.graph, self.mode = None, "eager"
        if state[0].device.type == "cuda":
            self.capture()

    def once(self):
        state = self.state
        for values in self.inputs:
            state = self.step(state, values)
        for kept, new in zip(self.state, state):
            kept.copy_(new)

    def capture(self):
        plain, self.mode = self.step, "torch.compile, CUDA graph"
        try:
            self.step = torch.compile(plain)
            self.step(self.state, self.inputs[0])
        except Exception as error:  # whatever keeps its compiler from working here; the result says so
            self.step, self.mode = plain, f"CUDA graph (torch.compile failed: {type(error).__name__})"
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            state = self.state
            for values in self.inputs[:3]:
                state = self.step(state, values)
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.once()

    def run(self):
        if self.graph is None:
            self.once()
        else:
            self.graph.replay()
