ncrun completion fish
