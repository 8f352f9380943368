ncrun completion bash
